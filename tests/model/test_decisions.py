"""Code decides by the kind of an error and by the values that it carries, never by the words in which it is told."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import groundtruce

SOURCE = Path(groundtruce.__file__).parent
WORDS = {"args", "sentence", "advice", "details", "msg", "strerror"}
"""Attributes of an error that are there for people to read."""
READERS = {"str", "repr", "format", "search", "match", "fullmatch", "findall"}
READ_AS_NUMBERS = {"int", "float", "Decimal"}


def conditions(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what decides: tests of branches and loops, operands of comparisons, and texts read as numbers."""
    for node in ast.walk(tree):
        match node:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield test
            case ast.Assert(test=test) | ast.match_case(guard=ast.expr() as test):
                yield test
            case ast.Match(subject=subject):
                yield subject
            case ast.comprehension(ifs=tests):
                yield from tests
            case ast.Compare():
                yield node
            case ast.Call(func=ast.Name(id=name)) if name in READ_AS_NUMBERS:
                yield from node.args


def caught_names(tree: ast.AST) -> set[str]:
    """Return the names under which errors are caught, or given as parameters."""
    names = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            kind = ast.unparse(node.annotation)
            if kind.endswith(("Error", "Exception")):
                names.add(node.arg)
    return names


def words_read(condition: ast.AST, errors: set[str]) -> Iterator[str]:
    """Yield each place of a condition that reads the words of an error."""
    for node in ast.walk(condition):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if (
                name in errors and attribute in WORDS
            ):
                yield ast.unparse(node)
            case (
                ast.Subscript(value=ast.Attribute(attr="details"))
                | ast.Call(func=ast.Attribute(value=ast.Attribute(attr="details")))
            ):
                yield ast.unparse(node)
            case ast.Compare(
                ops=[ast.In() | ast.NotIn()], comparators=[ast.Attribute(attr="details")]
            ):
                yield ast.unparse(node)
            case ast.Call(func=function, args=[*given]) if (
                ast.unparse(function).rpartition(".")[2] in READERS
            ):
                named = (argument for argument in given if isinstance(argument, ast.Name))
                yield from (ast.unparse(node) for argument in named if argument.id in errors)


def decided_by_words(source: str) -> list[str]:
    """Return the places of a module where words decide."""
    tree = ast.parse(source)
    errors = caught_names(tree)
    return [
        f"{condition.lineno}: {words}"
        for condition in conditions(tree)
        if isinstance(condition, ast.expr)
        for words in words_read(condition, errors)
    ]


def test_nothing_is_decided_on_the_words_of_a_message() -> None:
    """No condition in the program reads the sentence, the details or the text of an error."""
    found = {
        str(path.relative_to(SOURCE)): places
        for path in sorted(SOURCE.rglob("*.py"))
        if (places := decided_by_words(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "condition",
    [
        '"it answered" in str(error)',
        '"it answered" in str(error.details["cause"])',
        'error.details.get("size") == 1',
        'error.sentence.startswith("A")',
        '"size" in error.details',
        're.search("no such table", str(error))',
        'error.args[0] == "closed"',
    ],
)
def test_words_that_decide_are_found(condition: str) -> None:
    """The check itself sees each way to do it, in a branch, a loop, an expression and a filter."""
    begin = "try:\n    pass\nexcept ValueError as error:\n    "
    for form in ("if {}: pass", "while {}: pass", "x = 1 if {} else 2", "x = [1 for y in z if {}]"):
        assert decided_by_words(begin + form.format(condition))
    assert decided_by_words(begin + 'size = int(str(error.details["size"]))')


@pytest.mark.parametrize(
    "statement",
    ["raise KeyError(str(error)) from error", "print(error.sentence)", "if error.size > 3: raise"],
)
def test_words_may_be_shown(statement: str) -> None:
    """To pass them on is what they are for; a value of a kind may decide."""
    source = f"try:\n    pass\nexcept ValueError as error:\n    {statement}"
    assert decided_by_words(source) == []
