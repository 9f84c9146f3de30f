//! `shared_words FILE LEADS CLASSES PARAMS [IN OUT]`: writes parameters of `words-1` that give codes to the
//! words of so many classes, the most frequent of FILE first, then IN's documents, which end with a 0
//! byte, as records of symbols behind their lengths (four bytes, lowest first), for
//! `crates/minlen-neural/examples/train.rs`.
#![allow(clippy::print_stdout)]

use minlen_core::Limits;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let read = |name: &str| std::fs::read(name).expect("a file");
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let data = read(&args[0]);
    let params =
        minlen_views::shared_params(&data, number(&args[1]).min(255) as u8, number(&args[2]));
    let params = params.expect("not too many high bytes");
    println!("{} bytes of parameters", params.len());
    std::fs::write(&args[3], &params).expect("written");
    let [from, to] = &args[4..] else { return };
    let data = read(from);
    let (mut out, mut symbols) = (Vec::new(), 0);
    let view = minlen_views::find("words-1").expect("a view");
    for document in data.split_inclusive(|&b| b == 0) {
        let coded = minlen_views::with_words(document, &params).expect("parameters");
        symbols += coded.len();
        let back = view.inverse(coded.clone(), &params, &Limits::default());
        assert!(
            back.is_ok_and(|back| back == document),
            "a document is lost"
        );
        out.extend((coded.len() as u32).to_le_bytes());
        out.extend(coded);
    }
    println!(
        "{} bytes, {symbols} symbols ({:.4})",
        data.len(),
        symbols as f64 / data.len() as f64
    );
    std::fs::write(to, out).expect("written");
}
