//! What every contestant must do, on small made-up tasks of each kind. Being registered is being
//! tested.

use minlen_task::{
    Answer, CONTESTANTS, Contestant, Effort, Example, Field, Schema, Trained, Training, Value,
};
use std::time::{Duration, Instant};

/// Tasks: inputs and output by their kinds, and examples by their number.
fn tasks() -> Vec<(&'static str, Schema, Vec<Example>)> {
    let label = |i: usize, of: usize| Value::Text(["no", "yes", "maybe"][i % of].to_string());
    let number = |i: usize| (i * 37 % 101) as f64 / 10.0;
    vec![
        task("text", &["text"], "category", |i| {
            let topic = ["rain and wind", "bread and salt", "ship and sail"][i % 3];
            let text = format!("{topic}, said number {}", i * 7 % 50);
            (vec![Value::Text(text)], label(i, 3))
        }),
        task("table", &["number", "category"], "category", |i| {
            let sign = ["red", "green"][i / 2 % 2];
            let high = (number(i) > 5.0) == (sign == "red");
            let first = match i % 17 {
                0 => Value::Missing,
                _ => Value::Number(number(i)),
            };
            let inputs = vec![first, Value::Text(sign.to_string())];
            (inputs, label(usize::from(high), 2))
        }),
        task("plane", &["number", "number"], "number", |i| {
            let (x, y) = (number(i), number(i * 5 + 3));
            let inputs = vec![Value::Number(x), Value::Number(y)];
            (inputs, Value::Number(2.0 * x - y))
        }),
        task("image", &["image 8x8x1"], "category", |i| {
            let pixel = |at: usize| {
                let across = if i.is_multiple_of(2) { at % 8 } else { at / 8 };
                if (across + i / 2) % 4 < 2 { 200 } else { 10 }
            };
            let image: Vec<u8> = (0..64).map(pixel).collect();
            (vec![Value::Blob(image)], label(i, 2))
        }),
        task("sound", &["sound 8000 Hz"], "category", |i| {
            let hertz = [300.0, 1500.0][i % 2] + 2.0 * number(i);
            let wave = |at: usize| {
                ((at as f64 * hertz / 8000.0 * std::f64::consts::TAU).sin() * 9000.0) as i16
            };
            let bytes = (0..800).flat_map(|at| wave(at).to_le_bytes()).collect();
            (vec![Value::Blob(bytes)], label(i, 2))
        }),
        task("letters", &["text"], "text", |i| {
            let word = ["one", "two", "three", "four"][i % 4];
            let given = format!("{word} {}", i % 9);
            (vec![Value::Text(given)], Value::Text(word.to_uppercase()))
        }),
    ]
}

fn task(
    name: &'static str,
    inputs: &[&str],
    output: &str,
    example: impl Fn(usize) -> (Vec<Value>, Value),
) -> (&'static str, Schema, Vec<Example>) {
    let field = |(i, kind): (usize, &&str)| Field {
        field: format!("in{i}"),
        kind: kind.parse().unwrap(),
    };
    let examples: Vec<Example> = (0..120)
        .map(|i| {
            let (inputs, output) = example(i);
            Example {
                id: i.to_string(),
                inputs,
                output,
                key: None,
            }
        })
        .collect();
    let mut schema = Schema {
        inputs: inputs.iter().enumerate().map(field).collect(),
        output: Field {
            field: "out".to_string(),
            kind: output.parse().unwrap(),
        },
        labels: Vec::new(),
    };
    if schema.classifies() {
        let all = examples.iter().filter_map(|e| e.output.text());
        schema.labels = all.map(str::to_string).collect();
        schema.labels.sort();
        schema.labels.dedup();
    }
    (name, schema, examples)
}

fn effort<'a>(like: Option<&'a str>, threads: usize) -> Effort<'a> {
    Effort {
        until: Instant::now() + Duration::from_secs(20),
        like,
        threads,
        watch: &(),
    }
}

/// An answer as text, to compare.
fn said(trained: &mut dyn Trained, inputs: &[Value]) -> String {
    match trained.answer(inputs).unwrap() {
        Answer::Class(p) => {
            let sum: f64 = p.iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "probabilities sum to {sum}");
            assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
            format!("{p:?}")
        }
        Answer::Number(n) => {
            assert!(n.is_finite());
            n.to_string()
        }
        Answer::Written(w) => format!("{:?}", w.made),
    }
}

fn every(test: impl Fn(&dyn Contestant, &str, &Schema, &[Example])) {
    for (name, schema, examples) in tasks() {
        for contestant in CONTESTANTS {
            if contestant.suits(&schema).is_ok() {
                test(*contestant, name, &schema, &examples);
            }
        }
    }
}

#[test]
fn what_is_saved_answers_the_same_and_settings_are_repeated() {
    every(|contestant, task, schema, all| {
        let place = format!("{} on {task}", contestant.name());
        let (examples, rest) = all.split_at(80);
        let (held, others) = rest.split_at(20);
        let training = Training {
            schema,
            examples,
            held,
            seed: 1,
        };
        let mut first = contestant.train(&training, &effort(None, 1)).unwrap();
        let saved = first.save().unwrap();
        let mut loaded = contestant.load(&saved, schema).unwrap();
        assert_eq!(loaded.save().unwrap(), saved, "{place}");
        assert_eq!(loaded.config(), first.config(), "{place}");
        // Forwards and backwards: what was asked before does not matter.
        let asked = others.iter().map(|e| said(&mut *first, &e.inputs));
        let mut answers: Vec<String> = asked.collect();
        let asked = others.iter().rev().map(|e| said(&mut *loaded, &e.inputs));
        answers.reverse();
        assert_eq!(asked.collect::<Vec<_>>(), answers, "{place}");

        let again = Training {
            held: &[],
            ..training
        };
        let config = first.config();
        let twice = [1, 2].map(|threads| {
            let like = effort(Some(&config), threads);
            let trained = contestant.train(&again, &like).unwrap();
            assert_eq!(trained.config(), config, "{place}");
            trained.save().unwrap()
        });
        assert_eq!(twice[0], twice[1], "{place}: threads have a say");
    });
}

#[test]
fn odd_inputs_get_an_answer_and_evidence() {
    every(|contestant, _, schema, all| {
        let training = Training {
            schema,
            examples: &all[..40],
            held: &all[40..60],
            seed: 1,
        };
        let mut trained = contestant.train(&training, &effort(None, 1)).unwrap();
        for value in [
            Value::Missing,
            Value::Text(String::new()),
            Value::Text("\u{feff} 北京 \0".to_string()),
            Value::Number(-1e300),
            Value::Blob(vec![1, 2, 3]),
        ] {
            let inputs = vec![value; schema.inputs.len()];
            said(&mut *trained, &inputs);
            trained.evidence(&inputs).unwrap();
        }
    });
}

#[test]
fn damaged_models_are_refused_or_answer() {
    every(|contestant, task, schema, all| {
        let training = Training {
            schema,
            examples: &all[..40],
            held: &all[40..60],
            seed: 1,
        };
        let trained = contestant.train(&training, &effort(None, 1)).unwrap();
        let saved = trained.save().unwrap();
        if !saved.is_empty() {
            let cut = contestant.load(&saved[..saved.len() / 2], schema);
            assert!(
                cut.is_err(),
                "{} on {task} takes half a model",
                contestant.name()
            );
        }
    });
}

#[test]
fn lines_and_trees_learn_what_is_plain_to_see() {
    for (names, task) in [
        (&["linear", "svm", "bayes"][..], "text"),
        (&["trees"], "table"),
        (&["linear", "trees", "kernel"], "plane"),
        (&["linear", "svm", "kernel"], "image"),
        (&["linear", "svm", "kernel"], "sound"),
    ] {
        let (_, schema, all) = tasks().into_iter().find(|t| t.0 == task).unwrap();
        for name in names {
            let contestant = CONTESTANTS.iter().find(|c| c.name() == *name).unwrap();
            let training = Training {
                schema: &schema,
                examples: &all[..80],
                held: &all[80..100],
                seed: 1,
            };
            let mut trained = contestant.train(&training, &effort(None, 1)).unwrap();
            let misses = all[100..]
                .iter()
                .map(|e| match trained.answer(&e.inputs).unwrap() {
                    Answer::Class(p) => {
                        let truth = schema.label(e.output.text().unwrap()).unwrap();
                        f64::from(p.iter().any(|other| *other > p[truth]))
                    }
                    Answer::Number(n) => (n - e.output.number().unwrap()).abs() / 20.0,
                    Answer::Written(_) => 1.0,
                });
            let missed = misses.sum::<f64>() / 20.0;
            assert!(missed <= 0.15, "{name} on {task}: {missed}");
        }
    }
}
