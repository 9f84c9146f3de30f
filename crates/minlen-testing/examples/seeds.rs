//! Writes seeds for the fuzz targets to `fuzz/corpus`.

use minlen::{Inputs, Kind, Setting};
use minlen_neural::LowRank;
use minlen_testing::hostile::{member, of_members};
use minlen_testing::inputs;
use minlen_testing::props::tiny_net;
use std::fs;
use std::io::Cursor;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let seed = |target: &str, name: &str, bytes: &[u8]| {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    for (i, (_, bytes)) in inputs::all(600).iter().enumerate() {
        let name = format!("seed-{i}");
        let choice = [i as u8, 3 * i as u8, 7 * i as u8];
        seed("archive_roundtrip", &name, &[&choice, &bytes[..]].concat())?;
        seed("coder_roundtrip", &name, &[&choice, &bytes[..]].concat())?;
        seed("view_roundtrip", &name, bytes)?;
        let setting = Setting {
            block_bytes: 200,
            pack_bytes: 50,
            ..Setting::recipe("order:1")?
        };
        let reader = Inputs::from_reader(b"", Box::new(Cursor::new(bytes.clone())));
        let mut archive = Vec::new();
        minlen::compress(reader, &mut archive, &setting, 1, &())?;
        seed("archive_reader", &name, &archive)?;
    }
    let members = [
        (member("a", Kind::File), &b"some text"[..]),
        (member("ab", Kind::Folder), b""),
        (member("ab/c", Kind::Link(b"../a".to_vec())), b""),
        (member("ab/d", Kind::File), b"more text"),
    ];
    seed("archive_reader", "members", &of_members(&members))?;
    let (_, table, _) = minlen_testing::hostile::block(&members);
    seed("parsers", "table", &table)?;
    for recipe in ["order:2", "stored", "a-b9:x=1,y"] {
        seed("parsers", &recipe.replace(':', "-"), recipe.as_bytes())?;
    }
    let net = tiny_net();
    seed("net_reader", "net", &net.write())?;
    let count = LowRank::parameters(net.shape(), 2)?;
    let factors: Vec<f32> = (0..count).map(|i| (i * i % 97) as f32 / 500.0).collect();
    let changes = LowRank::quantise(net.shape(), 2, &factors)?;
    seed("net_reader", "changes", &changes.write())?;
    Ok(())
}
