//! Section 8.5: models that were learnt before, and the files that hold them.

use super::Model;
use super::mix2::Mix2;
use super::net::Net;
use crate::BLOCK_LIMIT;
use crate::conventions::Reader;
use crate::entropy::Decoder;
use crate::views::Structure;

const MAGIC: [u8; 7] = [0x8d, 0x6d, 0x6c, 0x6d, 0x0d, 0x0a, 0x1a];
/// The names for which `base:1` and `base:2` stand.
const BASES: [&str; 2] = [
    "6c23d4a1f62e3cc3e2bac46d9d7301db",
    "2fb12407af2120c5ae2c0ba9bc276f6a",
];

/// The model files at hand.
#[derive(Default)]
pub struct Shelf(Vec<File>);

struct File {
    hash: [u8; 32],
    kind: Kind,
}

enum Kind {
    /// The model as it is after its text.
    Primed(Box<dyn Model>),
    /// A net at its start, and the settings of the `mix2` that it advises.
    Net(Box<Net>, Option<String>),
}

impl Shelf {
    /// One model file more. One that changes another needs that on the shelf.
    pub fn add(&mut self, file: &[u8]) -> Result<(), String> {
        let file = self.read(file)?;
        self.0.push(file);
        Ok(())
    }

    fn read(&self, file: &[u8]) -> Result<File, String> {
        let Some((before, hash)) = file.split_last_chunk::<32>() else {
            return Err("a model file ends too early".into());
        };
        let mut reader = Reader::new(before);
        if reader.array()? != MAGIC {
            return Err("no model file".into());
        }
        match reader.u8()? {
            1 => {}
            version => return Err(format!("version {version} of model files is unknown")),
        }
        if blake3::hash(before).as_bytes() != hash {
            return Err("a model file does not match its hash".into());
        }
        let utf8 = |bytes| str::from_utf8(bytes).map_err(|_| "a model file has no UTF-8");
        let kind = utf8(reader.bytes(255, "bytes of a kind")?)?;
        let parameters = reader.bytes(65_536, "bytes of parameters")?;
        for _ in 0..reader.varint_to(1024, "entries of a card")? {
            utf8(reader.bytes(255, "bytes of a key")?)?;
            utf8(reader.bytes(65_536, "bytes of a value")?)?;
        }
        let payload = reader.bytes(BLOCK_LIMIT, "bytes of a payload")?;
        reader.end("a model file")?;
        let mut parameters = Reader::new(parameters);
        let kind = match kind {
            "primed" => Kind::Primed(primed(&mut parameters, payload)?),
            "net" => {
                let engine = engine(&mut parameters)?;
                Kind::Net(Box::new(Net::new(payload)?), engine)
            }
            "low-rank" => {
                let base = parameters.array()?;
                let engine = engine(&mut parameters)?;
                let base = self.0.iter().find(|file| file.hash == base);
                let Some(File { kind, .. }) = base else {
                    return Err("a model changes one that is not at hand".into());
                };
                let Kind::Net(base, _) = kind else {
                    return Err("a model changes one that is no net".into());
                };
                Kind::Net(Box::new(base.as_ref().clone().changed(payload)?), engine)
            }
            _ => return Err(format!("models of the kind `{}`", kind.escape_debug())),
        };
        parameters.end("the parameters of a model file")?;
        Ok(File { hash: *hash, kind })
    }

    /// The model of that name, where a lane begins.
    pub fn model(&self, name: &str, structure: &Structure) -> Result<Box<dyn Model>, String> {
        let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        if name.len() != 32 || !name.chars().all(is_digit) {
            return Err("settings of `learnt`".into());
        }
        let name_of = |file: &File| -> String {
            let first = file.hash[..16].iter();
            first.map(|byte| format!("{byte:02x}")).collect()
        };
        let file = self.0.iter().find(|file| name_of(file) == name);
        Ok(
            match &file
                .ok_or_else(|| format!("the model {name} is not at hand"))?
                .kind
            {
                Kind::Primed(model) => model.fork(),
                Kind::Net(net, None) => net.fork(),
                Kind::Net(net, Some(settings)) => {
                    Box::new(Mix2::advised(settings, structure, net.as_ref().clone())?)
                }
            },
        )
    }

    /// The same of `base:1` and `base:2`.
    pub fn base(
        &self,
        settings: Option<&str>,
        structure: &Structure,
    ) -> Result<Box<dyn Model>, String> {
        match settings {
            Some("1") => self.model(BASES[0], structure),
            Some("2") => self.model(BASES[1], structure),
            _ => Err("settings of `base`".into()),
        }
    }
}

/// 8.4.9: the settings of the `mix2` that is advised.
fn engine(parameters: &mut Reader) -> Result<Option<String>, String> {
    match parameters.bytes(255, "bytes of a recipe")? {
        [] => Ok(None),
        recipe => {
            let recipe = str::from_utf8(recipe).ok();
            let settings = recipe.and_then(|recipe| recipe.strip_prefix("mix2:"));
            Ok(Some(settings.ok_or("a net advises no such engine")?.into()))
        }
    }
}

/// 8.5.1: the model as it is after its text.
fn primed(parameters: &mut Reader, payload: &[u8]) -> Result<Box<dyn Model>, String> {
    let engine = str::from_utf8(parameters.bytes(255, "bytes of a recipe")?);
    let engine = engine.map_err(|_| "a recipe is not ASCII")?;
    let mut structure = Structure {
        unit: parameters.varint_to(1024, "unit of a text")?,
        row: parameters.varint_to(1 << 24, "row of a text")?,
        start: parameters.varint_to((1 << 32) - 1, "start of a text")?,
        ..Structure::NONE
    };
    (structure.text, structure.script) = match parameters.u8()? {
        0 => (false, false),
        1 => (true, false),
        3 => (true, true),
        flags => return Err(format!("flags {flags:#04x} of a text")),
    };
    let symbols = parameters.varint_to(BLOCK_LIMIT, "symbols of a text")?;
    let (name, settings) = match engine.split_once(':') {
        Some((name, settings)) => (name, Some(settings)),
        None => (engine, None),
    };
    let mut model = super::registered(name, settings, &structure)?;
    let mut decoder = Decoder::new(payload);
    for _ in 0..symbols {
        model.next(&mut decoder)?;
    }
    decoder.end()?;
    Ok(model)
}
