"""scikit-learn on a task's own split, to compare contests with.

    python bench/tasks_sklearn.py TRAIN BLIND --output FIELD [--input FIELD ...]

Both files are CSV (with a header) or JSON lines. Text fields go to TF-IDF with logistic regression
and a linear SVM; tables to HistGradientBoosting. Settings are those of the books; nothing is
chosen by looking at the blind file. Prints a JSON line for each: name, metric, value, CPU seconds.
"""

import argparse
import csv
import json
import time

import numpy as np


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        if path.endswith(".csv"):
            return list(csv.DictReader(file))
        return [json.loads(line) for line in file if line.strip()]


def number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


MISSING = (None, "", "?", "NA", "N/A", "NaN", "nan", "null")


def is_numeric(values):
    return all(v in MISSING or number(v) is not None for v in values)


def wide(texts):
    """Whether letters are words, as in Chinese: then n-grams are of letters."""
    sample = "".join(texts[:1000])
    return sum("\u3040" <= c <= "\u9fff" for c in sample) * 5 > sum(c.isalpha() for c in sample)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("train")
    parser.add_argument("blind")
    parser.add_argument("--output", required=True)
    parser.add_argument("--input", action="append", help="default: all other fields")
    parser.add_argument("--kind", choices=["category", "number"], default="category")
    args = parser.parse_args()
    train, blind = read(args.train), read(args.blind)
    fields = args.input or [f for f in train[0] if f != args.output]
    truth = [[row[args.output] for row in rows] for rows in (train, blind)]
    if args.kind == "number":
        truth = [np.array(t, float) for t in truth]

    text = len(fields) == 1 and not is_numeric([r[fields[0]] for r in train])
    models = text_models(train, blind, fields[0]) if text else table_models(train, blind, fields, args)
    for name, make in models:
        start = time.process_time()
        model, x, z = make()
        model.fit(x, truth[0])
        given = model.predict(z)
        if args.kind == "number":
            metric, value = "mae", float(np.abs(given - truth[1]).mean())
        else:
            metric, value = "accuracy", float(np.mean(given == np.array(truth[1])))
        seconds = time.process_time() - start
        print(json.dumps({"name": name, "metric": metric, "value": value, "cpu_seconds": seconds}))


def text_models(train, blind, field):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    texts = [[row[field] or "" for row in rows] for rows in (train, blind)]

    def vectors():
        how = {"analyzer": "char", "ngram_range": (1, 3)} if wide(texts[0]) else {"ngram_range": (1, 2)}
        tfidf = TfidfVectorizer(sublinear_tf=True, **how)
        return tfidf.fit_transform(texts[0]), tfidf.transform(texts[1])

    return [
        ("tfidf+logreg", lambda: (LogisticRegression(C=10, max_iter=1000), *vectors())),
        ("tfidf+svm", lambda: (LinearSVC(), *vectors())),
    ]


def table_models(train, blind, fields, args):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    columns, names = [[], []], []
    for field in fields:
        values = [[row[field] for row in rows] for rows in (train, blind)]
        if is_numeric(values[0]):
            names.append(False)
            for to, side in zip(columns, values):
                to.append([np.nan if number(v) is None else number(v) for v in side])
            continue
        # The booster takes 255 names at most; the rarer ones are missing values to it.
        counts = {}
        for v in values[0]:
            counts[v] = counts.get(v, 0) + 1
        kept = sorted(sorted(counts), key=lambda v: -counts[v])[:255]
        place = {v: float(i) for i, v in enumerate(kept)}
        names.append(True)
        for to, side in zip(columns, values):
            to.append([place.get(v, np.nan) for v in side])
    x, z = (np.array(side, float).T for side in columns)
    if args.kind == "category":
        make = lambda: (HistGradientBoostingClassifier(categorical_features=names, random_state=0), x, z)
        return [("hist-gradient-boosting", make)]

    def regressor(loss):
        return lambda: (
            HistGradientBoostingRegressor(loss=loss, categorical_features=names, random_state=0),
            x,
            z,
        )

    return [
        ("hist-gradient-boosting", regressor("squared_error")),
        ("hist-gradient-boosting-absolute", regressor("absolute_error")),
    ]


if __name__ == "__main__":
    main()
