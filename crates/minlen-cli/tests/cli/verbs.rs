//! compress, decompress, verify, list, cat, models: what people do with files.

use crate::{Place, text};
use minlen_testing::hostile::{member, of_members, recipe};

#[test]
fn one_file_there_and_back() {
    let p = Place::new();
    p.write("a.txt", text(5000));
    let ran = p.run(&["compress", "a.txt", "--model", "order:2"]);
    ran.code(0);
    assert!(
        ran.err.contains("order:2") && ran.err.contains("5,000"),
        "{}",
        ran.err
    );
    assert_eq!(p.names(), ["a.txt", "a.txt.mln"]);
    // Nothing is overwritten unasked, neither the archive nor the file.
    let archive = p.read("a.txt.mln");
    assert!(p.run(&["compress", "a.txt"]).err.contains("-f"));
    p.run(&["compress", "a.txt", "-1"]).code(2);
    assert_eq!(p.read("a.txt.mln"), archive);
    p.run(&["compress", "a.txt", "-1", "-f"]).code(0);
    p.write("a.txt", "mine");
    p.run(&["decompress", "a.txt.mln"]).code(1);
    assert_eq!(p.read("a.txt"), b"mine");
    p.run(&["decompress", "a.txt.mln", "-f"]).code(0);
    assert_eq!(p.read("a.txt"), text(5000));
    p.run(&["decompress", "a.txt.mln", "-o", "sub/deep"])
        .code(0);
    assert_eq!(p.read("sub/deep/a.txt"), text(5000));
    assert_eq!(
        p.run(&["decompress", "a.txt.mln", "-o", "-"]).out,
        text(5000)
    );
    assert_eq!(p.names(), ["a.txt", "a.txt.mln", "sub"]);
}

#[test]
fn folders_and_several_inputs() {
    let p = Place::new();
    p.write("dir/a.txt", text(300));
    p.write("dir/sub/b.bin", [0, 1, 2]);
    p.write("c", "c");
    p.run(&["compress", "dir", "c"]).code(2);
    p.run(&["compress", "dir"]).code(0);
    let made = p
        .run(&["compress", "dir", "c", "-o", "all.mln", "--json"])
        .json();
    assert_eq!((&made["members"], &made["bytes"]), (&5.into(), &304.into()));
    let listed = p.run(&["list", "all.mln"]).code(0);
    for name in ["dir/", "dir/a.txt", "dir/sub/b.bin", "c"] {
        assert!(
            listed.lines().any(|l| l.ends_with(&format!("  {name}"))),
            "{listed}"
        );
    }
    assert!(p.run(&["list", "-l", "all.mln"]).code(0).contains("VIEW"));
    let listed = p.run(&["list", "all.mln", "--json"]).json();
    assert_eq!(listed["members"].as_array().unwrap().len(), 5);
    assert!(
        p.run(&["verify", "all.mln", "dir.mln"])
            .code(0)
            .contains("good")
    );
    assert_eq!(p.run(&["verify", "all.mln", "--json"]).json()["good"], true);
    assert_eq!(p.run(&["cat", "all.mln", "c", "dir/a.txt"]).out.len(), 301);
    let ran = p.run(&["cat", "all.mln", "nothing"]);
    ran.code(2);
    assert!(ran.err.contains("minlen list"), "{}", ran.err);
    p.run(&["decompress", "all.mln", "dir/sub", "-o", "part"])
        .code(0);
    assert!(p.has("part/dir/sub/b.bin") && !p.has("part/c") && !p.has("part/dir/a.txt"));
    let back = p
        .run(&["decompress", "all.mln", "-o", "all", "--json"])
        .json();
    assert_eq!((&back["members"], &back["bytes"]), (&5.into(), &304.into()));
    assert_eq!(p.read("all/dir/sub/b.bin"), [0, 1, 2]);
}

#[test]
fn rm_removes_only_what_the_archive_holds() {
    let p = Place::new();
    p.write("dir/a", text(300));
    p.write("dir/sub/b", "b");
    p.run(&["compress", "dir", "--rm", "-o", "-"]).code(2);
    p.run(&["compress", "dir", "--rm", "-k"]).code(2);
    assert_eq!(
        p.run(&["compress", "dir", "--rm", "--json"]).json()["removed"],
        4
    );
    assert_eq!(p.names(), ["dir.mln"]);
    p.run(&["decompress", "dir.mln"]).code(0);
    // The archive lies in the folder that it is made of: the folder stays.
    p.run(&["compress", "dir", "--rm", "-o", "dir/in.mln"])
        .code(1);
    assert!(p.has("dir/in.mln") && !p.has("dir/a"));
}

#[cfg(unix)]
#[test]
fn an_archive_is_as_private_as_its_file() {
    use std::os::unix::fs::PermissionsExt;
    let p = Place::new();
    p.write("secret", "s");
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(p.path().join("secret"), private).unwrap();
    p.run(&["compress", "secret"]).code(0);
    let meta = std::fs::metadata(p.path().join("secret.mln")).unwrap();
    assert_eq!(meta.permissions().mode() & 0o777, 0o600);
}

#[test]
fn damage_is_reported_and_the_rest_is_saved() {
    let p = Place::new();
    p.write("a", text(2000));
    p.write("b", minlen_testing::inputs::noise(5000, 1));
    p.write("c", text(3000));
    let args = [
        "compress",
        "a",
        "b",
        "c",
        "-o",
        "x.mln",
        "--block-size",
        "1K",
        "--model",
        "order:1",
    ];
    p.run(&args).code(0);
    let mut bytes = p.read("x.mln");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1; // In b, which is most of the archive.
    p.write("x.mln", bytes);
    let said = p.run(&["verify", "x.mln"]).code(1);
    assert!(
        said.contains("the block at byte") && said.contains("b is lost"),
        "{said}"
    );
    p.run(&["cat", "x.mln"]).code(1);
    let ran = p.run(&["decompress", "x.mln", "-o", "out"]);
    ran.code(1);
    assert!(ran.err.contains("b is lost"), "{}", ran.err);
    assert_eq!(p.read("out/a"), text(2000));
    assert_eq!(p.read("out/c"), text(3000));
    assert!(!p.has("out/b"));
    let json = p.run(&["verify", "x.mln", "--json"]).code(1);
    assert!(json.contains("\"good\": false"), "{json}");
}

#[test]
fn what_is_no_archive_or_unknown_or_too_much_is_said() {
    let p = Place::new();
    p.write("text", "just text");
    let says = |args: &[&str], code, words: &str| {
        let ran = p.run(args);
        ran.code(code);
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
    };
    for verb in ["list", "cat", "verify", "decompress"] {
        says(
            &[verb, "text"],
            1,
            "text: damaged data: this is not a minlen archive",
        );
        says(&[verb, "nofile"], 3, "cannot read nofile");
        says(&[verb, "."], 2, "is a folder");
    }
    let mut version = of_members(&[]);
    version[7] = 9;
    p.write("version", version);
    says(&["decompress", "version"], 1, "version 9");
    let (mut header, table, content) =
        minlen_testing::hostile::block(&[(member("x", minlen::Kind::File), b"xyz")]);
    header.content.recipe = recipe("oracle");
    let unknown = minlen_testing::hostile::archive(&[(header, table, content)]);
    p.write("model", unknown);
    says(&["verify", "model"], 1, "oracle");
    p.write("zeros", vec![0; 300_000]);
    p.run(&["compress", "zeros", "--model", "order:4"]).code(0);
    says(
        &["decompress", "zeros.mln", "--max-output", "200K"],
        1,
        "--max-output",
    );
    says(
        &["decompress", "zeros.mln", "--memory", "1M"],
        1,
        "--memory",
    );
    says(
        &[
            "compress", "zeros", "-o", "y", "--model", "order:4", "--memory", "1M",
        ],
        2,
        "--memory",
    );
    says(
        &["compress", "zeros", "-o", "y", "--model", "nothing"],
        2,
        "order",
    );
    says(
        &["compress", "zeros", "-o", "y", "--model", "order:77"],
        2,
        "0 to 6",
    );
    says(&["compress", "zeros", "-o", "nofolder/y"], 3, "nofolder");
    says(&["compress", "zeros", "nofile", "-o", "y"], 3, "nofile");
    says(&["compress", "zeros", "--block-size", "1X"], 2, "2GiB");
    says(&["compress", "zeros", "--block-size", "0"], 2, "at least 1");
    says(
        &["compress", "zeros", "-f", "-o", "/dev/null"],
        2,
        "no ordinary file",
    );
    assert!(!p.has("y"));
    let json = p.run(&["verify", "text", "--json"]).code(1);
    assert!(json.contains("\"exit_code\":1"), "{json}");
}

#[test]
fn hostile_names_leave_no_trace_outside_nor_in_the_terminal() {
    let p = Place::new();
    let file = minlen::Kind::File;
    let bytes = of_members(&[
        (member("../up", file.clone()), b"1"),
        (member("\x1b[2Jfile\n", file.clone()), b"2"),
        (member("good", file), b"3"),
    ]);
    p.write("in/x.mln", bytes);
    let ran = p.run(&["decompress", "in/x.mln", "-o", "in/to"]);
    ran.code(1);
    let listed = p.run(&["list", "in/x.mln"]).code(0);
    assert!(!ran.err.contains('\x1b') && !listed.contains('\x1b'));
    assert_eq!(p.read("in/to/good"), b"3");
    assert!(!p.has("up") && !p.has("in/up"));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_left_out() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;
    let p = Place::new();
    p.write("dir/open", "o");
    p.write("dir/shut", "s");
    let set = |name: &str, mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(p.path().join(name), mode).unwrap();
    };
    set("dir/shut", 0);
    set("", 0o777);
    // Root may read everything: then the binary runs as nobody, from a copy that nobody can reach.
    let root = std::fs::read(p.path().join("dir/shut")).is_ok();
    let run = |args: &[&str]| {
        let plain = p.minlen(args);
        if !root {
            return Some(crate::Ran::of(p.minlen(args).output().unwrap()));
        }
        std::fs::copy(plain.get_program(), p.path().join("minlen")).unwrap();
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(p.path().join("minlen"))
            .args(args)
            .current_dir(p.path());
        command.output().ok().map(crate::Ran::of)
    };
    let Some(ran) = run(&["compress", "dir"]) else {
        #[allow(clippy::print_stderr)] // a test that could not run must say so
        {
            eprintln!(
                "SKIPPED: root reads everything, and there is no setpriv to be somebody else"
            );
        }
        return;
    };
    ran.code(1);
    assert!(ran.err.contains("dir/shut was left out"), "{}", ran.err);
    assert_eq!(p.run(&["cat", "dir.mln"]).out, b"o");
    let ran = run(&["compress", "dir/shut"]).unwrap();
    ran.code(3);
    assert!(!p.has("dir/shut.mln"));
    run(&["measure", "dir"]).unwrap().code(1);
    set("dir", 0o555);
    let ran = run(&["compress", "dir/open"]).unwrap();
    ran.code(3);
    assert!(ran.err.contains("dir"), "{}", ran.err);
    set("dir", 0o755);
}

#[test]
fn models_are_listed() {
    let p = Place::new();
    let text = p.run(&["models"]).code(0);
    let json = p.run(&["models", "--json"]).json();
    assert_eq!(
        json["models"].as_array().unwrap().len(),
        minlen::models().count()
    );
    for model in minlen::models() {
        assert!(text.contains(model.name) && text.contains(model.summary));
    }
    assert!(p.run(&["--help"]).code(0).contains("130  interrupted"));
}

#[test]
fn an_input_is_never_replaced_by_its_archive() {
    let p = Place::new();
    p.write("a.txt", "precious");
    p.write("b.txt", "too");
    p.run(&["compress", "a.txt", "-o", "a.txt", "-f"]).code(2);
    p.run(&["compress", "b.txt", "a.txt", "-o", "a.txt", "-f"])
        .code(2);
    assert_eq!(p.read("a.txt"), b"precious");
}

#[cfg(unix)]
#[test]
fn links_named_and_found() {
    use std::os::unix::fs::symlink;
    let p = Place::new();
    p.write("d/real.txt", "content");
    symlink("d", p.path().join("folder")).unwrap();
    symlink("d/real.txt", p.path().join("file")).unwrap();

    // A named link stands for its file; one to a folder must be spelt out.
    p.run(&["compress", "file", "-o", "file.mln"]).code(0);
    assert_eq!(p.run(&["cat", "file.mln"]).code(0), "content");
    p.run(&["compress", "--rm", "folder", "-o", "folder.mln"])
        .code(2);
    assert_eq!(p.read("d/real.txt"), b"content");

    // What would not come back is not removed.
    symlink("/etc/hostname", p.path().join("d/out")).unwrap();
    p.run(&["compress", "--rm", "d", "-o", "d.mln"]).code(1);
    assert!(p.has("d/out"));

    // A link takes the place of a file only when asked to, and then at once.
    std::fs::remove_file(p.path().join("d/out")).unwrap();
    symlink("real.txt", p.path().join("d/in")).unwrap();
    p.run(&["compress", "-f", "d", "-o", "d.mln"]).code(0);
    p.write("x/d/in", "in the way");
    p.run(&["decompress", "d.mln", "-o", "x"]).code(1);
    assert_eq!(p.read("x/d/in"), b"in the way");
    p.run(&["decompress", "-f", "d.mln", "-o", "x"]).code(0);
    assert_eq!(p.read("x/d/in"), b"content");
}

#[test]
fn memory_chooses_the_size_of_the_model() {
    let p = Place::new();
    p.write("a", text(30_000));
    let compress = ["compress", "a", "-f", "--json", "--memory"];
    let model = |memory: &str| {
        let report = p.run(&[&compress[..], &[memory]].concat()).json();
        report["model"].as_str().unwrap().to_string()
    };
    let chosen = model("64MiB");
    assert!(chosen.starts_with("mix2:default-2,"), "{chosen}");
    assert_ne!(chosen, model("256MiB"));
    assert_eq!(chosen, model("64MiB"));
    // The archive names the model, and what it takes, and a reader may allow as much.
    let listed = p.run(&["list", "a.mln", "-l"]).code(0);
    assert!(listed.contains(&chosen), "{listed}");
    let listed = p.run(&["list", "a.mln", "--json"]).json();
    let takes = |key: &str| listed["blocks"][0][key].as_u64().unwrap();
    let bytes = takes("model_bytes");
    assert!((32 << 20..=64 << 20).contains(&bytes), "{bytes}");
    let data = 30_000..100_000;
    assert!(data.contains(&(takes("decoding_bytes") - bytes)));
    assert_eq!(
        listed["decoding_bytes"],
        listed["blocks"][0]["decoding_bytes"]
    );
    p.run(&["verify", "a.mln", "--memory", &bytes.to_string()])
        .code(0);
    p.run(&["verify", "a.mln", "--memory", &(bytes - 1).to_string()])
        .code(1);
    let ran = p.run(&[&compress[..], &["10MiB"]].concat());
    ran.code(2);
    assert!(ran.err.contains("takes at least"), "{}", ran.err);

    let measured = p
        .run(&["measure", "a", "--memory", "64MiB", "--json"])
        .json();
    assert_eq!(measured["model"], chosen);
    let study = ["study", "a", "--memory", "100MiB", "--json"];
    let study = p.run(&study).json();
    let names = study["study"]["contestants"].as_array().unwrap().iter();
    let names: Vec<&str> = names.map(|c| c["name"].as_str().unwrap()).collect();
    let taken = |model: &str| names.iter().any(|name| name.starts_with(model));
    assert!(taken("mix2:default,") && !taken("mix:"), "{names:?}");
    assert!(!names.contains(&"order:3"), "{names:?}");
}
