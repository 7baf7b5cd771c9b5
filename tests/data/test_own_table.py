"""A person's own table: its columns as samples, or refused in one sentence."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))  # for own_files

from own_files import csv_of
from sklearn.datasets import load_iris
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from explorer import data
from explorer.data import own
from explorer.data.own import csv_file, tables

RS = np.random.RandomState(0)
NUMBERS = {"a": RS.randn(50).round(3), "b": RS.randn(50).round(3)}
SIMPLE = {**NUMBERS, "kind": ["x", "y"] * 25}


def read(columns, name="table.csv", **more):
    return tables.read_table(columns if isinstance(columns, bytes) else csv_of(columns, **more), name)


def refusal(act) -> str:
    with pytest.raises(own.Refused) as caught:
        act()
    sentence = str(caught.value)
    assert sentence.endswith(".") and len(sentence) < 300 and "{" not in sentence
    return sentence


def notes(prepared) -> str:
    return " ".join(map(str, prepared.record.done))


def iris_csv():
    points, kinds = load_iris(return_X_y=True)
    columns = dict(zip(("sepal length", "sepal width", "petal length", "petal width"), points.T))
    return {**columns, "species": np.array(["setosa", "versicolor", "virginica"])[kinds]}


def rows_of(prepared):
    """Every sample as (part, inputs, target), in an order of their values."""
    return sorted((part, tuple(row), np.ravel(target)[0]) for part, (inputs, targets) in prepared.parts.items()
                  for row, target in zip(inputs.tolist(), targets))


def test_raw_numbers_are_those_in_the_file():
    prepared = tables.prepare(read(iris_csv()), "species", standardize=False)
    points, kinds = load_iris(return_X_y=True)
    found = sorted((row, kind) for _, row, kind in rows_of(prepared))
    assert found == sorted((tuple(np.float32(p).tolist()), k) for p, k in zip(points, kinds))
    assert prepared.record.class_names == ("setosa", "versicolor", "virginica")
    assert prepared.record.feature_names == ("sepal length", "sepal width", "petal length", "petal width")


def test_a_fifth_of_every_class_is_the_test_part_and_the_same_fifth_every_time():
    one, again = (tables.prepare(read(iris_csv()), "species") for _ in range(2))
    assert [np.bincount(targets).tolist() for _, targets in one.parts.values()] == [[40] * 3, [10] * 3]
    assert one.record.counts == (120, 30) and rows_of(one) == rows_of(again)


def test_standardization_uses_the_training_part_alone_as_scikit_learn_does_it():
    raw = tables.prepare(read(iris_csv()), "species", standardize=False)
    scaled = tables.prepare(read(iris_csv()), "species", standardize=True)
    scaler = StandardScaler().fit(raw.parts["train"][0].astype(np.float64))
    for part in ("train", "test"):
        expected = scaler.transform(raw.parts[part][0].astype(np.float64))
        assert np.abs(scaled.parts[part][0] - expected).max() < 1e-5
        assert scaled.parts[part][0].dtype == np.float32
    assert np.abs(scaled.parts["test"][0].mean(0)).max() > 0.01  # the test part was not fitted


def test_words_become_one_input_each_as_scikit_learn_does_it_and_are_not_scaled():
    colors = RS.choice(["red", "green", "blue"], 60)
    table = read({"color": colors, "size": RS.randn(60), "kind": ["x", "y"] * 30})
    prepared = tables.prepare(table, "kind")
    assert prepared.record.feature_names == ("color = blue", "color = green", "color = red", "size")
    found = np.concatenate([inputs[:, :3] for inputs, _ in prepared.parts.values()])
    expected = OneHotEncoder(sparse_output=False).fit_transform(colors[:, None])
    assert sorted(map(tuple, found)) == sorted(map(tuple, expected))
    assert "Words became one input each: color." in notes(prepared)


def test_a_number_to_predict_is_scaled_with_the_training_part_too():
    price = 150_000 + 30_000 * NUMBERS["a"]
    prepared = tables.prepare(read({**NUMBERS, "price": price}), "price")
    assert prepared.record.kind is data.NUMBERS and prepared.record.class_names == ()
    train, test = (prepared.parts[part][1] for part in ("train", "test"))
    assert train.shape == (40, 1) and abs(train.mean()) < 1e-6 and abs(train.std() - 1) < 1e-6
    raw = tables.prepare(read({**NUMBERS, "price": price}), "price", standardize=False)
    mean, spread = (f(raw.parts["train"][1].astype(np.float64)) for f in (np.mean, np.std))
    assert np.allclose(test, (raw.parts["test"][1] - mean) / spread, atol=1e-4)
    assert "guessing the mean" in notes(prepared)


def test_a_column_that_never_changes_becomes_zero():
    prepared = tables.prepare(read({**SIMPLE, "same": [7] * 50}), "kind", ["a", "same"])
    assert all((inputs[:, 1] == 0).all() for inputs, _ in prepared.parts.values())


@pytest.mark.parametrize(("values", "kinds"), [
    (["x", "y"] * 25, (data.LABELS,)), ([0, 1] * 25, (data.LABELS, data.NUMBERS)),
    ([0.5, 1.5] * 25, (data.NUMBERS, data.LABELS)), ([*range(25)] * 2, (data.NUMBERS, data.LABELS)),
    ([3.0, 4.0] * 25, (data.LABELS, data.NUMBERS))])
def test_words_and_few_whole_numbers_are_classes_other_numbers_are_to_be_predicted(values, kinds):
    table = read({**NUMBERS, "t": values})
    assert tables.kinds_for(table.column("t")) == kinds
    for kind in kinds:
        record = tables.prepare(table, "t", kind=kind).record
        assert record.kind == kind and bool(record.class_names) == (kind is data.LABELS)


def test_classes_of_one_sample_each_leave_nothing_to_test_with():
    table = read({"a": np.arange(30.0), "t": [f"word {i}" for i in range(30)]})
    assert "Every class has one sample only" in refusal(lambda: tables.prepare(table, "t"))


def test_classes_that_are_numbers_are_in_their_own_order():
    prepared = tables.prepare(read({**NUMBERS, "t": [10, 9] * 25}), "t")
    assert prepared.record.class_names == ("9", "10")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_delimiter_and_the_line_ends_are_found_out(delimiter, end):
    assert rows_of(tables.prepare(read(SIMPLE, delimiter=delimiter, end=end), "kind")) == rows_of(
        tables.prepare(read(SIMPLE), "kind"))


def test_a_decimal_comma_is_understood_where_semicolons_part_the_cells():
    comma = {name: [str(value).replace(".", ",") for value in values] for name, values in NUMBERS.items()}
    table = read({**comma, "kind": SIMPLE["kind"]}, delimiter=";")
    assert rows_of(tables.prepare(table, "kind")) == rows_of(tables.prepare(read(SIMPLE), "kind"))


def test_a_table_without_a_header_has_numbered_columns_and_loses_no_row():
    content = csv_of(SIMPLE).split(b"\n", 1)[1]
    table = read(content)
    assert [column.name for column in table.columns] == ["column 1", "column 2", "column 3"] and table.rows == 50
    assert rows_of(tables.prepare(table, "column 3")) == rows_of(tables.prepare(read(SIMPLE), "kind"))


def test_duplicate_and_missing_names_are_made_unique_and_noted():
    table = read(csv_of(SIMPLE).replace(b"a,b,kind", b"a,a,"))
    assert [column.name for column in table.columns] == ["a", "a (2)", "column 3"]
    assert "got one: a (2), column 3" in str(table.done[0])


def test_rows_with_a_missing_value_in_a_chosen_column_are_left_out_and_counted():
    holes = [*NUMBERS["a"][:40], "", "NA", "?", "nan", "NULL", "-", "inf", " ", "N/A", "None"]
    table = read({"a": holes, "b": NUMBERS["b"], "kind": SIMPLE["kind"]})
    assert tables.prepare(table, "kind").record.counts == (32, 8)
    assert "left out: 10 of 50" in notes(tables.prepare(table, "kind"))
    assert tables.prepare(table, "kind", ["b"]).record.counts == (40, 10)


def test_rows_with_another_number_of_cells_are_left_out_and_counted():
    content = csv_of(SIMPLE) + b"\n1,2\n1,2,3,4\n"
    table = read(content)
    assert table.rows == 50 and "left out: 2." in str(table.done[0])


def test_quoted_cells_may_hold_the_delimiter_quotes_and_line_ends():
    words = ['"one, two"', '"say ""hi"""', '"two\nlines"', '"a;b"', "plain"] * 10
    table = read({"a": NUMBERS["a"], "kind": words})
    assert table.column("kind").words == ("a;b", "one, two", "plain", 'say "hi"', "two\nlines")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_encodings_are_found_out(encoding):
    table = read(csv_of({**NUMBERS, "Größe": ["groß", "klein"] * 25}).decode().encode(encoding))
    assert table.column("Größe").words == ("groß", "klein")
    assert bool(table.done) == (encoding in ("latin-1", "cp1252"))


def test_words_among_numbers_are_named_with_their_row_and_kept_out_of_the_features():
    mixed = [*NUMBERS["a"][:30], "abc", *NUMBERS["a"][31:]]
    table = read({"a": mixed, "b": NUMBERS["b"], "kind": SIMPLE["kind"]})
    assert table.features == ("b", "kind")
    sentence = refusal(lambda: tables.prepare(table, "kind", ["a"]))
    assert sentence == "a has words among its numbers (1); the first is abc in row 31. Leave it out."
    assert "cannot be read as a number" in refusal(lambda: tables.prepare(table, "a", kind=data.NUMBERS))


def test_a_column_of_too_many_words_is_no_feature():
    table = read({**SIMPLE, "name": [f"person {i}" for i in range(50)]})
    assert table.features == ("a", "b", "kind")
    assert "50 different words; at most 20" in refusal(lambda: tables.prepare(table, "kind", ["name"]))


def test_what_was_kept_is_loaded_and_described(place):
    prepared = tables.prepare(read(iris_csv(), name="iris.csv"), "species")
    found = own.keep(prepared)
    dataset = data.get("own", {"id": found})
    assert dataset.title == "iris: species" and dataset.shape == (4,) and dataset.classes == 3
    train, test = data.load("own", {"id": found})
    assert torch.equal(train.inputs, torch.from_numpy(prepared.parts["train"][0])) and len(test) == 30
    assert train.targets.dtype == torch.int64
    assert train.targets.bincount().tolist() == [len(train) // 3] * 3


@pytest.mark.parametrize(("content", "words"), [
    (b"", "is empty"), (b"\n\r\n \n", "is empty"), (b"\xef\xbb\xbf", "is empty"),
    (b"MZ\x90\0\3\0\0\0" * 50, "NUL bytes"), (csv_of(SIMPLE).replace(b"x", b"\0", 1), "NUL bytes"),
    (b"a,b,kind\n1,2,x\n", "too few rows of data: 1; at least 10 are needed"),
    (b"a,b,kind\n", "too few rows of data: 0"),
    (csv_of({f"c{i}": range(12) for i in range(5000)}), "has 5,000 columns; at most 1,000"),
    (b'a,b\n"open,2\n' + b"1,2\n" * 30, "too few rows of data: 0"),
])
def test_what_is_no_usable_table_is_refused(content, words):
    assert words in refusal(lambda: read(content))


def test_a_table_of_more_rows_or_cells_than_the_limit_is_refused_with_the_figure():
    many = b"a,b\n" + b"1,2\n" * 2_100_000
    assert "about 2,100,001 rows; with 2 columns at most 2,000,000 can be read" in refusal(lambda: read(many))
    wide = b",".join(b"a%d" % i for i in range(1000)) + b"\n" + (b"1," * 999 + b"1\n") * 20_100
    assert "with 1,000 columns at most 20,000" in refusal(lambda: read(wide))


def test_two_million_rows_are_read():
    table = read(b"a,t\n" + b"1,0\n2,1\n" * 1_000_000)
    assert table.rows == csv_file.MAX_ROWS == 2_000_000
    assert tables.prepare(table, "t").record.counts == (1_600_000, 400_000)


def test_a_file_of_too_many_bytes_and_a_line_of_too_many_are_refused(monkeypatch):
    assert "cannot be read as a table" in refusal(lambda: read(csv_of(SIMPLE) + b'\n1,2,"' + b"x" * 40_000_000))
    monkeypatch.setattr(csv_file, "MAX_BYTES", 100)
    assert "larger than 100 B" in refusal(lambda: read(SIMPLE))


@pytest.mark.parametrize(("columns", "target", "features", "words"), [
    ({**SIMPLE, "kind": ["x"] * 50}, "kind", None, "only one value"),
    ({**SIMPLE, "t": [1] * 50}, "t", None, "only one value"),
    ({**SIMPLE, "t": [""] * 50}, "t", None, "only one value"),
    (SIMPLE, "kind", [], "at least one feature"), (SIMPLE, "kind", ["kind"], "at least one feature"),
    (SIMPLE, "weight", None, "no column called weight"), (SIMPLE, "kind", ["weight"], "no column called weight"),
    ({**SIMPLE, "c": ["", 1] + [""] * 48}, "kind", None, "Only 1 rows have a value in every chosen column"),
    ({"a": [*range(25), *[""] * 25], "kind": ["x"] * 25 + ["y"] * 25}, "kind", None, "only one class"),
    ({**SIMPLE, "a": [1e300] * 25 + [-1e300] * 25}, "kind", None, "too large for 32-bit floats"),
    ({**SIMPLE, "e": [""] * 50}, "kind", ["e"], "e is empty. Leave it out."),
])
def test_a_choice_from_which_nothing_can_be_learned_is_refused(columns, target, features, words):
    assert words in refusal(lambda: tables.prepare(read(columns), target, features))


def test_more_classes_than_possible_are_refused():
    table = read({"a": range(1100), "name": [f"n{i}" for i in range(1100)]})
    assert "1,100 different words; at most 1,000 classes" in refusal(lambda: tables.prepare(table, "name"))


@pytest.mark.parametrize("seed", range(40))
def test_a_table_with_random_damage_is_read_or_refused(seed):
    rs, content = np.random.RandomState(seed), bytearray(csv_of(SIMPLE))
    for _ in range(15):
        content[rs.randint(len(content))] = rs.choice([rs.randint(1, 256), *b'",;\n\r\t'])
    try:
        table = read(bytes(content))
        tables.prepare(table, table.columns[-1].name)
    except own.Refused as error:
        assert str(error).endswith(".")
