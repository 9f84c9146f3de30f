//! Being registered is being tested: every contestant, on small tasks of each kind that it suits.

use minlen_core::{Meter, run};
use minlen_task::{
    Answer, CONTESTANTS, Contestant, Effort, Example, Field, Modality, Schema, Trained, Training,
    Value,
};
use std::time::{Duration, Instant};

const IMAGE: Modality = Modality::Image {
    width: 4,
    height: 3,
    channels: 1,
};

fn text(t: impl Into<String>) -> Value {
    Value::Text(t.into())
}

fn field(name: &str, kind: Modality) -> Field {
    let field = name.to_string();
    Field { field, kind }
}

/// A task: its fields, its output and 60 examples by a rule.
struct Made {
    schema: Schema,
    examples: Vec<Example>,
}

fn made(
    inputs: &[Modality],
    output: Modality,
    rule: impl Fn(usize) -> (Vec<Value>, Value),
) -> Made {
    let examples: Vec<Example> = (0..60)
        .map(|i| {
            let (inputs, output) = rule(i);
            Example {
                id: i.to_string(),
                inputs,
                output,
                key: None,
            }
        })
        .collect();
    let mut labels: Vec<String> = Vec::new();
    if output == Modality::Category {
        let texts = examples.iter().filter_map(|e| e.output.text());
        labels = texts.map(str::to_string).collect();
        labels.sort();
        labels.dedup();
    }
    let inputs = inputs.iter().enumerate();
    let schema = Schema {
        inputs: inputs
            .map(|(i, kind)| field(&format!("in{i}"), *kind))
            .collect(),
        output: field("out", output),
        labels,
    };
    Made { schema, examples }
}

fn tasks() -> Vec<Made> {
    let word = |i: usize| ["sun", "rain", "snow"][i % 3];
    let pixels = |i: usize| Value::Blob((0..12).map(|p| (p * 9 + i % 3 * 70) as u8).collect());
    let number = |i: usize| Value::Number((i * 37 % 11) as f64 - 2.5);
    vec![
        made(&[Modality::Text], Modality::Category, |i| {
            (
                vec![text(format!("{} falls {}", word(i), i))],
                text(word(i)),
            )
        }),
        made(
            &[Modality::Number, Modality::Category],
            Modality::Category,
            |i| {
                let colour = if i % 7 == 0 {
                    Value::Missing
                } else {
                    text(word(i / 2))
                };
                (vec![number(i), colour], text(word(i * 37 % 11 / 4)))
            },
        ),
        made(
            &[Modality::Number, Modality::Number],
            Modality::Number,
            |i| {
                (
                    vec![number(i), number(i / 3)],
                    Value::Number((i * 37 % 11) as f64 * 2.0),
                )
            },
        ),
        made(&[IMAGE], Modality::Category, |i| {
            (vec![pixels(i)], text(word(i)))
        }),
        made(&[Modality::Sound { rate: 8000 }], Modality::Category, |i| {
            let wave = |t: usize| (1000 * (t * (i % 3 + 1) % 8)) as i16;
            let samples = (0..400).flat_map(|t| wave(t).to_le_bytes());
            (vec![Value::Blob(samples.collect())], text(word(i)))
        }),
        made(&[Modality::Text], Modality::Text, |i| {
            (
                vec![text(format!("{} {i}", word(i)))],
                text(format!("{i}\u{96e8} {}", word(i))),
            )
        }),
        made(&[IMAGE], Modality::Text, |i| {
            (vec![pixels(i)], text(format!("{} again", word(i))))
        }),
        made(&[Modality::Text], IMAGE, |i| {
            (vec![text(format!("{} {i}", word(i)))], pixels(i))
        }),
    ]
}

/// An answer as something to compare, and the bits of what is right, where a model tells them.
fn told(trained: &mut dyn Trained, schema: &Schema, example: &Example) -> (Vec<u64>, Option<u64>) {
    match trained.answer(&example.inputs).unwrap() {
        Answer::Class(p) => {
            assert_eq!(p.len(), schema.labels.len());
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{p:?}");
            assert!(p.iter().all(|p| *p >= 0.0));
            (p.iter().map(|p| p.to_bits()).collect(), None)
        }
        Answer::Number(n) => {
            assert!(n.is_finite());
            (vec![n.to_bits()], None)
        }
        Answer::Written(written) => {
            match schema.output.kind {
                Modality::Image { .. } => {
                    assert_eq!(written.made.len(), 12, "{}", trained.config())
                }
                _ => assert!(std::str::from_utf8(&written.made).is_ok()),
            }
            let bits = written.model.map(|mut model| {
                let mut right = example.output.bytes();
                right.extend(schema.ending());
                let mut meter = Meter::new(&right);
                run(&mut *model, &mut meter);
                meter.total().units()
            });
            (written.made.into_iter().map(u64::from).collect(), bits)
        }
    }
}

/// Trains, and trains again as the first one chose, with more threads or fewer; what is saved answers
/// alike.
fn holds(contestant: &dyn Contestant, made: &Made) {
    let name = contestant.name();
    let (held, fit) = made.examples.split_at(10);
    let unlabelled: Vec<Vec<Value>> = held.iter().map(|e| e.inputs.clone()).collect();
    let train = |like: Option<&str>, threads, millis| {
        let training = Training {
            schema: &made.schema,
            examples: fit,
            held: if like.is_some() { &[] } else { held },
            unlabelled: &unlabelled,
            seed: 7,
        };
        let effort = Effort {
            until: Instant::now() + Duration::from_millis(millis),
            like,
            threads,
            watch: &(),
        };
        contestant.train(&training, &effort).unwrap()
    };
    let mut first = train(None, 1, 500);
    let config = first.config();
    let mut again = train(Some(&config), 2, 0);
    assert_eq!(
        again.config(),
        config,
        "{name} chooses otherwise when told what to choose"
    );
    let alone = train(Some(&config), 1, 0);
    assert!(
        again.save().unwrap() == alone.save().unwrap(),
        "{name}: threads have a say in what is learnt"
    );
    let cut_short = train(None, 1, 0);
    let like = train(Some(&cut_short.config()), 1, 0);
    assert!(
        !contestant.settles() || cut_short.save().unwrap() == like.save().unwrap(),
        "{name} cannot repeat what time cut short"
    );
    let saved = first.save().unwrap();
    assert!(
        !contestant.settles() || alone.save().unwrap() == saved,
        "{name} learns otherwise when told what it chose"
    );
    let mut loaded = contestant.load(&saved, &made.schema).unwrap();
    assert_eq!(loaded.config(), config);
    for example in [&held[0], &fit[3], &held[4], &held[0]] {
        let answer = told(&mut *first, &made.schema, example);
        assert!(
            answer == told(&mut *loaded, &made.schema, example),
            "{name}, loaded"
        );
        told(&mut *again, &made.schema, example);
        first.evidence(&example.inputs).unwrap();
    }
    // What is missing or strange is answered, too.
    let nothing = vec![Value::Missing; made.schema.inputs.len()];
    first.answer(&nothing).unwrap();
    // Rubbish is an error, never a panic.
    for rubbish in [&b""[..], b"{", &saved[..saved.len() / 2]] {
        assert!(
            contestant.load(rubbish, &made.schema).is_err(),
            "{name} reads rubbish"
        );
    }
}

/// Whether it is the base model, which is large: one task of text is enough for it.
fn large(name: &str) -> bool {
    ["base", "low-rank", "in-context"].contains(&name)
}

#[test]
fn contestants_can_be_repeated_saved_and_read() {
    for (i, made) in tasks().iter().enumerate() {
        let mut some = 0;
        for contestant in CONTESTANTS {
            let suits = contestant.suits(&made.schema);
            if suits.is_ok() && !contestant.joins() && (!large(contestant.name()) || i == 0) {
                holds(*contestant, made);
                some += 1;
            }
        }
        assert!(some > 0, "nobody does task {i}");
    }
}

/// Every contestant that suits a task, after learning it; the base model only the first one.
fn every(test: impl Fn(&dyn Contestant, &Made, Box<dyn Trained>)) {
    for (i, made) in tasks().iter().enumerate() {
        for contestant in CONTESTANTS {
            let large = large(contestant.name()) && i > 0;
            if contestant.suits(&made.schema).is_err() || large || contestant.joins() {
                continue;
            }
            let (held, fit) = made.examples.split_at(10);
            let training = Training {
                schema: &made.schema,
                examples: fit,
                held,
                unlabelled: &[],
                seed: 1,
            };
            let effort = Effort {
                until: Instant::now() + Duration::from_millis(300),
                like: None,
                threads: 1,
                watch: &(),
            };
            let trained = contestant.train(&training, &effort).unwrap();
            test(*contestant, made, trained);
        }
    }
}

#[test]
fn odd_inputs_get_an_answer_and_evidence() {
    every(|_, made, mut trained| {
        for value in [
            Value::Text(String::new()),
            text("\u{feff} 北京 \0"),
            Value::Number(-1e300),
            Value::Blob(vec![1, 2, 3]),
        ] {
            let inputs = vec![value; made.schema.inputs.len()];
            trained.answer(&inputs).unwrap();
            trained.evidence(&inputs).unwrap();
        }
    });
}

#[test]
fn damaged_models_are_refused_or_answer() {
    every(|contestant, made, trained| {
        let saved = trained.save().unwrap();
        for i in 0..24 {
            let mut bytes = saved.clone();
            let at = bytes.len() * i / 24;
            bytes[at] ^= 1 << (i % 8);
            if let Ok(mut read) = contestant.load(&bytes, &made.schema) {
                let _ = read.answer(&made.examples[0].inputs);
            }
        }
    });
}

/// Answers that are right, of examples that had no label when `name` learnt from 12 others.
fn right_after_few(name: &str, made: &Made) -> (usize, usize) {
    let contestant = CONTESTANTS.iter().find(|c| c.name() == name).unwrap();
    let (few, others) = made.examples.split_at(12);
    let unlabelled: Vec<Vec<Value>> = others.iter().map(|e| e.inputs.clone()).collect();
    let training = Training {
        schema: &made.schema,
        examples: few,
        held: &[],
        unlabelled: &unlabelled,
        seed: 1,
    };
    let effort = Effort {
        until: Instant::now() + Duration::from_secs(20),
        like: None,
        threads: 1,
        watch: &(),
    };
    let mut trained = contestant.train(&training, &effort).unwrap();
    let right = others.iter().filter(|e| {
        let Ok(Answer::Class(p)) = trained.answer(&e.inputs) else {
            return false;
        };
        let best = (0..p.len()).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap();
        e.output.text() == Some(&made.schema.labels[best])
    });
    (right.count(), others.len())
}

#[test]
fn those_who_read_without_labels_need_few() {
    // Text and images; the probe reads with the net that ships, or one that has read the images.
    for name in ["probe", "spread"] {
        for at in [0, 3] {
            let (right, of) = right_after_few(name, &tasks()[at]);
            assert!(right >= 45, "{name}: {right} of {of} in task {at}");
        }
    }
}

#[test]
fn names_are_made_of_parts_seen_apart() {
    // Bars of four widths in three lights; one pair of width and light is never shown.
    let widths = ["thin", "slim", "wide", "broad"];
    let lights = ["dark", "dim", "bright"];
    let example = |width: usize, light: usize, nudge: usize| {
        let lit = |p: usize| p % 4 <= width;
        let shade = (60 + 80 * light + nudge) as u8;
        let samples = (0..12).map(|p| if lit(p) { shade } else { 0 });
        Example {
            id: String::new(),
            inputs: vec![Value::Blob(samples.collect())],
            output: text(format!("{} bar: {} shade", widths[width], lights[light])),
            key: None,
        }
    };
    let all = (0..12).filter(|i| *i != 6);
    let examples: Vec<Example> = all
        .flat_map(|i| (0..5).map(move |nudge| (i, nudge)))
        .map(|(i, nudge)| example(i / 3, i % 3, nudge))
        .collect();
    let schema = Schema {
        inputs: vec![field("it", IMAGE)],
        output: field("name", Modality::Text),
        labels: Vec::new(),
    };
    let training = Training {
        schema: &schema,
        examples: &examples,
        held: &[],
        unlabelled: &[],
        seed: 1,
    };
    let effort = Effort {
        until: Instant::now() + Duration::from_secs(60),
        like: Some("rounds=8,known=0.5"),
        threads: 1,
        watch: &(),
    };
    let words = CONTESTANTS.iter().find(|c| c.name() == "words").unwrap();
    let mut trained = words.train(&training, &effort).unwrap();
    let unseen = example(2, 0, 2);
    let Answer::Written(written) = trained.answer(&unseen.inputs).unwrap() else {
        panic!("it writes");
    };
    let mut told = vec![written.made];
    told.extend(written.others);
    let told: Vec<String> = told
        .into_iter()
        .map(|t| String::from_utf8(t).unwrap())
        .collect();
    assert!(
        told[..5].contains(&"wide bar: dark shade".to_string()),
        "{told:?}"
    );
    let evidence = trained.evidence(&unseen.inputs).unwrap();
    assert_eq!(evidence.last().unwrap().what, "the end");
}
