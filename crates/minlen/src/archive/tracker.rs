//! Which segments of an archive can be used, and all that is wrong with it.

use crate::archive::paths::show;
use crate::archive::source::{Ending, Unpacked};
use minlen_format::Segment;
use std::ops::Range;

/// Follows segments through the blocks and lets only those pass that continue what was good.
pub(crate) struct Tracker {
    /// Whether all blocks are followed, so that gaps are damage.
    whole: bool,
    /// The member under way: its number, bytes so far, name.
    open: Option<(u64, u64, String)>,
    /// The number of the next member. A block that comes twice, as when archives were joined, must
    /// not give its members twice.
    next: u64,
    /// Members that began, and original bytes of all blocks, to compare with the index.
    members: u64,
    bytes: u64,
    /// All that was wrong so far, in words.
    pub(crate) problems: Vec<String>,
}

impl Tracker {
    /// Will follow all blocks, or (`whole` false) chosen ones.
    pub(crate) fn new(whole: bool) -> Tracker {
        Tracker {
            whole,
            open: None,
            next: 0,
            members: 0,
            bytes: 0,
            problems: Vec::new(),
        }
    }

    /// The segments of a block that can be used, each with its place in the content. Those of
    /// damaged blocks, and those whose beginning was lost, are noted as problems.
    pub(crate) fn follow(&mut self, unpacked: &Unpacked) -> Vec<(Segment, Range<usize>)> {
        let damage = match (&unpacked.segments, &unpacked.content) {
            (Err(e), _) | (_, Err(e)) => Some(e.to_string()),
            _ => None,
        };
        if let Some(damage) = &damage {
            let (offset, bytes) = (unpacked.offset, unpacked.archive_bytes);
            let place = format!("the block at byte {offset} ({bytes} bytes)");
            self.problems.push(format!("{place}: {damage}"));
        }
        let mut good = Vec::new();
        let mut at = 0;
        for s in unpacked.segments.as_deref().unwrap_or_default() {
            let range = at..at + s.length as usize;
            at = range.end;
            self.bytes += s.length;
            match self.name_of(s) {
                None => {}
                // Lost with its block, unless there is nothing in the block that it needs.
                Some(name) if damage.is_some() && !(s.length == 0 && s.last) => {
                    self.problems
                        .push(format!("{name} is lost: its block is damaged"));
                }
                Some(name) => {
                    self.open = (!s.last).then(|| (s.number, s.offset + s.length, name));
                    // A model is followed as a member, but is none that anybody wants.
                    if !unpacked.is_model {
                        good.push((s.clone(), range));
                    }
                }
            }
        }
        good
    }

    /// The name of the member that a segment begins or continues; `None`, noted as a problem, when
    /// it does neither. Closes what was open.
    fn name_of(&mut self, s: &Segment) -> Option<String> {
        let Some(member) = &s.member else {
            return match self.open.take() {
                Some((number, bytes, name)) if (number, bytes) == (s.number, s.offset) => {
                    Some(name)
                }
                other => {
                    self.open = other;
                    self.close();
                    let what = format!("member {} is lost: its beginning is missing", s.number);
                    if self.problems.last() != Some(&what) {
                        self.problems.push(what);
                    }
                    None
                }
            };
        };
        self.close();
        self.members += 1;
        let name = show(&member.name);
        if s.number < self.next {
            self.problems
                .push(format!("{name} is there again: only the first is taken"));
            return None;
        }
        // After damage, members are missing as a matter of course.
        if s.number > self.next && self.whole && self.problems.is_empty() {
            let missing = s.number - self.next;
            self.problems
                .push(format!("{missing} members before {name} are missing"));
        }
        self.next = s.number + 1;
        Some(name)
    }

    /// What is under way will get no more.
    fn close(&mut self) {
        if let Some((_, bytes, name)) = self.open.take() {
            self.problems.push(format!(
                "{name} is lost: only its first {bytes} bytes are there"
            ));
        }
    }

    /// All that was wrong.
    pub(crate) fn finish(mut self, ending: Ending) -> Vec<String> {
        self.close();
        self.problems.extend(ending.problem);
        // A wrong count is news only when all that was counted is good.
        if let Some(index) = ending.index
            && self.whole
            && self.problems.is_empty()
            && (index.members, index.bytes) != (self.members, self.bytes)
        {
            self.problems.push(format!(
                "the index counts {} members of {} bytes, but there are {} of {}",
                index.members, index.bytes, self.members, self.bytes
            ));
        }
        self.problems
    }
}
