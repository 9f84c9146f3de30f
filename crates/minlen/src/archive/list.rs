//! What is in an archive, without decoding its content.

use crate::archive::block::unpack_table;
use crate::archive::source::{ReadSeek, is_model, shelve};
use crate::{Error, Reading, Shelf};
use minlen_format::{Archive, Coded, Member, STORED};
use std::collections::BTreeMap;

/// A member, as the tables of the blocks tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberInfo {
    /// Its number in the archive, from 0.
    pub number: u64,
    /// Name, kind, permissions and time; `None` when the block that says so is damaged.
    pub member: Option<Member>,
    /// Original bytes.
    pub bytes: u64,
    /// Its share of the coded bytes of its blocks, in proportion to its original bytes.
    pub coded_bytes: u64,
    /// Whether all of it is there, as far as the tables tell.
    pub complete: bool,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// The byte of the archive at which it begins.
    pub offset: u64,
    /// Bytes on disk; 0 when not known.
    pub archive_bytes: u64,
    /// Original bytes.
    pub bytes: u64,
    /// The recipe of the model.
    pub recipe: String,
    /// Memory that its models take to decode it, in bytes: what
    /// [`Limits::model_bytes`](minlen_core::Limits::model_bytes) must allow. `None`: the model is not known.
    pub model_bytes: Option<u64>,
    /// The view.
    pub view: String,
    /// What is wrong with it, in words.
    pub problem: Option<String>,
}

impl BlockInfo {
    /// Memory that decoding it takes, in bytes, about: its models, the block as coded and as it
    /// was, and the symbols between. `None`: the model is not known.
    pub fn decoding_bytes(&self) -> Option<u64> {
        let data = self.bytes.saturating_mul(2);
        let data = data.saturating_add(self.archive_bytes);
        Some(self.model_bytes?.saturating_add(data))
    }
}

/// What is in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The members, by number.
    pub members: Vec<MemberInfo>,
    /// The blocks, in the order of the file.
    pub blocks: Vec<BlockInfo>,
    /// Bytes of the archive.
    pub archive_bytes: u64,
    /// What is wrong with the archive as a whole, in words.
    pub problem: Option<String>,
}

impl Listing {
    /// Original bytes of all members.
    pub fn bytes(&self) -> u64 {
        self.members.iter().map(|m| m.bytes).sum()
    }

    /// Memory that decoding takes, in bytes, for each thread: the models of the block that needs
    /// most, and its data. Blocks whose model is not known do not count.
    pub fn decoding_bytes(&self) -> u64 {
        let blocks = self.blocks.iter();
        blocks
            .flat_map(BlockInfo::decoding_bytes)
            .max()
            .unwrap_or(0)
    }

    /// Whether nothing wrong was seen. (Content is not looked at: that is for `verify`.)
    pub fn is_good(&self) -> bool {
        self.problem.is_none()
            && self.blocks.iter().all(|b| b.problem.is_none())
            && self.members.iter().all(|m| m.complete)
    }
}

/// Reads the tables of an archive.
pub fn list(input: impl ReadSeek, reading: impl Into<Reading>) -> Result<Listing, Error> {
    let mut reading = reading.into();
    let limits = reading.limits;
    let limits = &limits;
    let mut archive = Archive::open(input, limits)?;
    let mut members: BTreeMap<u64, MemberInfo> = BTreeMap::new();
    let mut blocks = Vec::new();
    let mut unpacked = 0u64;
    for place in archive.places().to_vec() {
        let mut info = BlockInfo {
            offset: place.offset,
            archive_bytes: place.bytes,
            bytes: 0,
            recipe: String::new(),
            model_bytes: None,
            view: String::new(),
            problem: None,
        };
        let table = match &place.header {
            Err(problem) => Err(problem.to_string()),
            Ok(header) => {
                shelve(&mut archive, &place, &mut reading)?;
                info.bytes = header.bytes;
                info.recipe = header.content.recipe.to_string();
                info.model_bytes = model_bytes(&header.content, &reading.shelf);
                info.view = header.view.clone();
                unpacked = unpacked.saturating_add(header.table.symbols);
                limits.check_output(unpacked, archive.size())?;
                match archive.read_table(&place) {
                    Err(e @ minlen_format::Error::Io(_)) => return Err(e.into()),
                    Err(e) => Err(e.to_string()),
                    Ok(table) => unpack_table(header, &table, limits).map_err(|e| e.to_string()),
                }
            }
        };
        let cut_off = place.offset.saturating_add(place.bytes) > archive.size();
        match table {
            Err(problem) => info.problem = Some(problem),
            Ok(segments) => {
                if cut_off {
                    info.problem = Some("the archive ends inside this block".into());
                }
                // What a block of a model holds is no file.
                let held = place.header.as_ref().is_ok_and(is_model);
                for s in segments.into_iter().filter(|_| !held) {
                    let share = (u128::from(place.bytes) * u128::from(s.length))
                        .checked_div(u128::from(info.bytes))
                        .unwrap_or(0) as u64;
                    let m = members.entry(s.number).or_insert(MemberInfo {
                        number: s.number,
                        member: None,
                        bytes: 0,
                        coded_bytes: 0,
                        complete: false,
                    });
                    let follows = m.bytes == s.offset && (s.member.is_some() || m.member.is_some());
                    m.complete = s.last && follows && !cut_off;
                    m.bytes += s.length;
                    m.coded_bytes += share;
                    m.member = s.member.or(m.member.take());
                }
            }
        }
        blocks.push(info);
    }
    Ok(Listing {
        members: members.into_values().collect(),
        blocks,
        archive_bytes: archive.size(),
        problem: archive.problem().map(Into::into),
    })
}

/// Memory of the models that decode this, one a lane; nothing is built.
fn model_bytes(coded: &Coded, shelf: &Shelf) -> Option<u64> {
    if coded.recipe.as_str() == STORED {
        return Some(0);
    }
    let bytes = match crate::records::inner(&coded.recipe) {
        Some(inner) => shelf.memory(&inner.ok()?).ok()?.saturating_mul(2),
        None => shelf.memory(&coded.recipe).ok()?,
    };
    Some(bytes.saturating_mul(coded.lanes.len() as u64))
}

/// The members that `names` select: those with such a name, and those inside a folder of such a
/// name. All when `names` is empty. An error names what selects nothing.
pub(crate) fn select<'a>(
    listing: &'a Listing,
    names: &[Vec<u8>],
) -> Result<Vec<&'a MemberInfo>, Error> {
    let selects = |name: &[u8], member: &Member| {
        let name = name.strip_suffix(b"/").unwrap_or(name);
        let rest = member.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
    };
    for name in names {
        let found = listing.members.iter();
        if !found.flat_map(|m| &m.member).any(|m| selects(name, m)) {
            return Err(Error::Usage(format!(
                "no member is named {} (`minlen list` shows the names)",
                crate::show_name(name)
            )));
        }
    }
    let all = listing.members.iter();
    Ok(all
        .filter(|m| match &m.member {
            Some(member) => names.is_empty() || names.iter().any(|n| selects(n, member)),
            None => names.is_empty(),
        })
        .collect())
}
