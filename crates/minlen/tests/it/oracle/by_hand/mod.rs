//! Archives made by hand, with checks that match: they reach what lies behind the checks.

mod bytes;
mod headers;
mod jumps;
mod lanes;
mod members;
mod tables;

use super::*;

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![];
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&varint(bytes.len() as u64), bytes].concat()
}

fn check(bytes: &[u8]) -> [u8; 8] {
    blake3::hash(bytes).as_bytes()[..8].try_into().unwrap()
}

/// A *coded* with its payload, to be made by hand.
#[derive(Clone)]
struct Part {
    recipe: Vec<u8>,
    symbols: u64,
    lanes: Vec<Vec<u8>>,
    check: [u8; 8],
}

fn stored(symbols: &[u8]) -> Part {
    Part {
        recipe: b"stored".to_vec(),
        symbols: symbols.len() as u64,
        lanes: vec![symbols.to_vec()],
        check: check(symbols),
    }
}

impl Part {
    fn fields(&self) -> Vec<u8> {
        let mut fields = bytes(&self.recipe);
        fields.extend(varint(self.symbols));
        fields.extend(varint(self.lanes.len() as u64));
        for lane in &self.lanes {
            fields.extend(varint(lane.len() as u64));
        }
        fields.extend(self.check);
        fields
    }
}

/// A block, to be made by hand.
#[derive(Clone)]
struct Block {
    view: Vec<u8>,
    parameters: Vec<u8>,
    bytes: u64,
    table: Part,
    content: Part,
}

impl Block {
    fn new(table: &[u8], content: &[u8]) -> Block {
        Block {
            view: b"bytes".to_vec(),
            parameters: vec![],
            bytes: content.len() as u64,
            table: stored(table),
            content: stored(content),
        }
    }

    fn fields(&self) -> Vec<u8> {
        let mut fields = bytes(&self.view);
        fields.extend(bytes(&self.parameters));
        fields.extend(varint(self.bytes));
        fields.extend(self.table.fields());
        fields.extend(self.content.fields());
        fields
    }

    fn payload(&self) -> Vec<u8> {
        [self.table.lanes.concat(), self.content.lanes.concat()].concat()
    }

    fn seal(&self) -> Sealed {
        seal(&self.fields(), &self.payload())
    }
}

/// The bytes of a block, and its header check.
type Sealed = (Vec<u8>, [u8; 8]);

fn seal(fields: &[u8], payload: &[u8]) -> Sealed {
    let mut block = vec![0xb1, 0x62, 0x6c, 0x0c];
    block.extend(bytes(fields));
    let check = check(&block);
    block.extend(check);
    block.extend(payload);
    (block, check)
}

fn index(fields: &[u8]) -> Vec<u8> {
    let mut index = vec![0xb1, 0x69, 0x64, 0x0c];
    index.extend(fields);
    index.extend(check(&index));
    index.extend((index.len() as u32 + 8).to_le_bytes());
    index.extend([0xb1, 0x65, 0x6e, 0x0d]);
    index
}

fn index_fields(blocks: &[Sealed], members: u64, bytes: u64) -> Vec<u8> {
    let mut fields = varint(blocks.len() as u64);
    for (block, _) in blocks {
        fields.extend(varint(block.len() as u64));
    }
    fields.extend(varint(members));
    fields.extend(varint(bytes));
    let checks: Vec<u8> = blocks.iter().flat_map(|(_, check)| *check).collect();
    fields.extend(blake3::hash(&checks).as_bytes());
    fields
}

fn archive(blocks: &[Sealed], members: u64, bytes: u64) -> Vec<u8> {
    let mut archive = vec![0x8d, 0x6d, 0x6e, 0x6c, 0x0d, 0x0a, 0x1a, 1];
    for (block, _) in blocks {
        archive.extend(block);
    }
    archive.extend(index(&index_fields(blocks, members, bytes)));
    archive
}

/// A segment of a file that begins (with this name) and ends here.
fn file(name: &[u8], length: u64) -> Vec<u8> {
    let mut segment = vec![0b111, 0];
    segment.extend(bytes(name));
    segment.extend([0, 0]);
    segment.extend(varint(length));
    segment
}

fn table(first: u64, segments: &[Vec<u8>]) -> Vec<u8> {
    let mut table = varint(segments.len() as u64);
    table.extend(varint(first));
    table.extend(segments.concat());
    table
}

/// An archive of one block.
fn single(table: &[u8], content: &[u8], members: u64) -> Vec<u8> {
    let block = Block::new(table, content).seal();
    archive(&[block], members, content.len() as u64)
}

/// Every byte of `bytes` replaced by every other value.
fn every_byte(bytes: &[u8], mut f: impl FnMut(&[u8], &str)) {
    for place in 0..bytes.len() {
        for value in 0..=255 {
            let mut changed = bytes.to_vec();
            changed[place] = value;
            f(&changed, &format!("byte {place} is {value:#04x}"));
        }
    }
    for place in 0..bytes.len() {
        let mut changed = bytes.to_vec();
        changed.remove(place);
        f(&changed, &format!("byte {place} is missing"));
    }
    for place in 0..=bytes.len() {
        for value in [0, 1, 0x80, 0xff] {
            let mut changed = bytes.to_vec();
            changed.insert(place, value);
            f(
                &changed,
                &format!("{value:#04x} stands before byte {place}"),
            );
        }
    }
}
