"""Counts the form of the house and names what is out of it: `python -m tools.counts [--json] [--list]`.

* A public name is one in a module's `__all__`. Commands, handlers, pages and the face for Python are
  named after what they show, as what they call is: their functions are not compared.
* A function is named by a participle where the first word of its name is one (`packed_rows`, `told`).
  Properties are values and are named as values.
* A module has a test of its name where `tests/` mirrors it: `a/b/c.py` by `tests/a/b/test_c.py`.
"""

import ast
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "groundtruce"

# fmt: off
_IRREGULAR = frozenset((
        "begun", "bound", "broken", "built", "bought", "caught", "chosen", "come", "done",
        "drawn", "driven", "fallen", "felt", "fought", "found", "given", "gone", "grown",
        "heard", "held", "hidden", "kept", "known", "laid", "led", "left", "lent", "lost",
        "made", "meant", "met", "paid", "said", "seen", "sent", "shown", "sought",
        "spent", "spoken", "stood", "struck", "sworn", "taken", "taught", "thought", "told",
        "torn", "understood", "woken", "won", "worn", "woven", "written",
))
# fmt: on
"""Participles that no ending shows."""
# fmt: off
_NOT_PARTICIPLES = frozenset((
        "bring", "embed", "exceed", "feed", "need", "proceed", "seed", "shed", "speed",
        "put", "scoring", "spread", "standing", "string", "succeed",
))
# fmt: on
"""Verbs and nouns that only look like participles."""
_SHOWN = ("cli/command", "interface", "web/api", "web/pages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or method as it is defined: `name` after the class, if any."""

    module: str
    name: str
    line: int

    @property
    def is_public(self) -> bool:
        """Whether no part of its name starts with an underscore."""
        return not any(part.startswith("_") for part in self.name.split("."))

    @property
    def is_named_by_participle(self) -> bool:
        """Whether the first word of its name is a past or present participle."""
        word = self.name.rpartition(".")[2].lstrip("_").partition("_")[0]
        if word in _NOT_PARTICIPLES:
            return False
        return word in _IRREGULAR or word.endswith(("ed", "ing"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module by its path below the package, without the ending."""

    path: str
    lines: int
    public: frozenset[str]
    functions: tuple[Function, ...]
    classes: frozenset[str]


def read_modules() -> list[Module]:
    """Return all modules of the package in order; packages' own files count only where they hold code."""
    return [
        _read_module(path)
        for path in sorted(SOURCE.rglob("*.py"))
        if path.name != "__init__.py" or len(path.read_text("utf-8").splitlines()) > 3  # noqa: PLR2004
    ]


def _read_module(path: Path) -> Module:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    name = path.relative_to(SOURCE).with_suffix("").as_posix()
    return Module(
        path=name,
        lines=len(text.splitlines()),
        public=frozenset(_exported_names(tree)),
        functions=tuple(_find_functions(tree, name)),
        classes=frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef)),
    )


def _exported_names(tree: ast.Module) -> Iterator[str]:
    """Yield the names in `__all__`."""
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "__all__"
        ):
            yield from ast.literal_eval(node.value)


def _find_functions(tree: ast.AST, module: str, owner: str = "") -> Iterator[Function]:
    """Yield functions and methods, those within functions too; properties and dunder methods are none."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not (node.name.startswith("__") or _is_property(node)):
                yield Function(module=module, name=f"{owner}{node.name}", line=node.lineno)
            yield from _find_functions(node, module, f"{owner}{node.name}._")
        else:
            inside = f"{owner}{node.name}." if isinstance(node, ast.ClassDef) else owner
            yield from _find_functions(node, module, inside)


def _is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def find_doubles(modules: list[Module], *, classes: bool) -> dict[str, list[str]]:
    """Return the public classes, or else functions, that several modules define, with these modules."""
    definers: defaultdict[str, list[str]] = defaultdict(list)
    for module in modules:
        functions = {function.name for function in module.functions}
        if module.path.startswith(_SHOWN):
            functions = set()
        for name in module.public & (module.classes if classes else functions):
            definers[name].append(module.path)
    return {name: paths for name, paths in sorted(definers.items()) if len(paths) > 1}


def find_untested(modules: list[Module]) -> list[str]:
    """Return the modules that no test file is named after."""
    return [
        module.path for module in modules if not (ROOT / "tests" / _test_path(module.path)).exists()
    ]


def _test_path(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/test_{name}.py" if folder else f"test_{name}.py"


def main(arguments: list[str]) -> int:
    """Print the counts, with `--list` also what they count."""
    modules = read_modules()
    folders = Counter(str(path.parent.relative_to(SOURCE)) for path in SOURCE.rglob("*.py"))
    folder, most = max(folders.items(), key=lambda item: (item[1], item[0]))
    longest = max(modules, key=lambda module: module.lines)
    classes, functions = (find_doubles(modules, classes=which) for which in (True, False))
    untested = find_untested(modules)
    participles = [
        function
        for module in modules
        for function in module.functions
        if function.is_named_by_participle
    ]
    public = [function for function in participles if function.is_public]
    counts = {
        "modules": len(modules),
        "lines": sum(module.lines for module in modules),
        "largest_folder": folder,
        "largest_folder_files": most,
        "median_module_lines": median(module.lines for module in modules),
        "largest_module": longest.path,
        "largest_module_lines": longest.lines,
        "public_classes_in_several_modules": len(classes),
        "public_functions_in_several_modules": len(functions),
        "functions_named_by_participle": len(participles),
        "public_functions_named_by_participle": len(public),
        "modules_without_test_of_their_name": len(untested),
    }
    if "--json" in arguments:
        print(json.dumps(counts, indent=2))
        return 0
    for name, value in counts.items():
        print(f"{name.replace('_', ' '):40} {value}")
    if "--list" in arguments:
        print("\nPublic names in several modules:")
        for name, paths in {**classes, **functions}.items():
            print(f"  {name}: {', '.join(paths)}")
        print("\nFunctions named by a participle:")
        for function in participles:
            mark = "" if function.is_public else " (private)"
            print(f"  src/groundtruce/{function.module}.py:{function.line} {function.name}{mark}")
        print("\nModules without a test of their name:")
        for path in untested:
            print(f"  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
