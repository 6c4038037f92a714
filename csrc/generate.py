"""What is made of the list of kernels (ops.def) and of the structs of their arguments (kernels.h).

`pxi()` is the kernel table and the structs for Cython. `bindings()` are the Cython functions of kernels of
one element; `stub()` are their lines in the module's stub, which `python csrc/generate.py` writes there.
`calls()` is C: for each kernel the struct of a noted call's arguments and what there is to know of them, two
tables with the kernels' own signatures, one that notes calls and one that makes them at once without Python's
lock, and the choice of a rule for blocks of images.
A kernel without a trait, a pointer without a role, or a trait without a rule does not build.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).parent
TRAITS = ("ELEMENTS", "IMAGES", "WHOLE", "AT_ONCE")
ROLES = ("OUT", "INOUT", "SCRATCH", "SHARED", "VERDICT")
NUMBERS = ("float", "double")
OPERANDS = {
    "x": "input",
    "a": "input",
    "b": "other",
    "gy": "gradient",
    "y": "output",
}  # in messages
STUB = HERE.parent / "pkg" / "lanegrad" / "_core.pyi"
STUB_BEGIN = "# Kernels of one element, from here: written by csrc/generate.py"
STUB_END = "# to here."


class Malformed(Exception):
    """The list of kernels says too little, or something unknown."""


@dataclass(frozen=True)
class Field:
    """An argument of a kernel, or a field of a struct."""

    kind: str  # its type, without const and stars
    name: str
    stars: int
    role: str  # "" if it is no pointer
    length: int  # of an array; 0: it is none

    @property
    def const(self) -> bool:
        return self.role in ("IN", "SHARED")

    def declare(self) -> str:
        const = "const " if self.const else ""
        length = f"[{self.length}]" if self.length else ""
        return f"{const}{self.kind} {'*' * self.stars}{self.name}{length}"


@dataclass(frozen=True)
class Kernel:
    """A line of ops.def."""

    name: str
    trait: str
    arguments: tuple[Field, ...]

    @property
    def prototype(self) -> str:
        return ", ".join(a.declare() for a in self.arguments)

    @property
    def passed(self) -> str:
        return ", ".join(a.name for a in self.arguments)

    @property
    def operands(self) -> list[str]:
        """Of one or two arrays of floats that it is a function of, element by element; else none."""
        pointers = [a for a in self.arguments if a.stars]
        inputs = [a.name for a in pointers if a.role == "IN"]
        plain = (
            self.trait == "ELEMENTS"
            and len(inputs) in (1, 2)
            and [a.role for a in pointers] == ["IN"] * len(inputs) + ["OUT"]
            and all(name in OPERANDS for name in inputs)
        )
        return inputs if plain else []

    @property
    def numbers(self) -> list[str]:
        """Its numbers, such as a slope."""
        return [a.name for a in self.arguments if not a.stars and a.kind == "double"]


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def fields(text: str, separator: str, constants: dict[str, int], where: str) -> tuple[Field, ...]:
    """The variables of declarations such as `OUT float *y` or `ptrdiff_t size[LG_PAD_AXES], inner`."""
    found = []
    for declaration in filter(None, map(str.strip, text.split(separator))):
        match = re.fullmatch(
            rf"(?:({'|'.join(ROLES)}) )?(const )?(lg_\w+|float|double|int|char_p|\w+_t)\b ?(.*)",
            declaration,
            re.DOTALL,
        )
        if not match:
            raise Malformed(f"{where}: cannot read {declaration!r}")
        word, const, kind, variables = match.groups()
        for variable in variables.split(","):
            stars, name, length = re.fullmatch(r"\s*(\**)(\w+)(?:\[(\w+)\])?\s*", variable).groups()
            role = word or ("IN" if const else "")
            if stars and not role and not kind.startswith("lg_"):
                raise Malformed(
                    f"{where}: pointer {name} has no role ({', '.join(ROLES)} or const)"
                )
            size = 0 if length is None else constants.get(length) or int(length)
            found.append(Field(kind, name, len(stars), role if stars else "", size))
    return tuple(found)


def read_kernels(text: str) -> list[Kernel]:
    """The kernels of ops.def."""
    text, found = without_comments(text), []
    for line in re.findall(r"\bOP\((.*?)\)\)", text, flags=re.DOTALL):
        match = re.fullmatch(r"(\w+), (\w+),\s*\((.*)", line, re.DOTALL)
        if not match or match[2] not in TRAITS:
            raise Malformed(f"OP({line.split('(')[0]}...: a kernel has one of {', '.join(TRAITS)}")
        name, trait, arguments = match[1], match[2], " ".join(match[3].split())
        if (
            trait == "AT_ONCE"
        ):  # no call of it is kept, and so nothing is to be known of its pointers
            arguments = re.sub(r"(^|, )(?=(?:float|double|int|\w+_t) \*)", r"\1OUT ", arguments)
            arguments = arguments.replace("const char **", "const char_p *")
        found.append(Kernel(name, trait, fields(arguments, ",", {}, name)))
    return found


def read_structs(text: str) -> tuple[dict[str, tuple[Field, ...]], dict[str, int]]:
    """The structs of kernels.h, but for the table, and its integer constants."""
    text = without_comments(text)
    constants: dict[str, int] = {}
    for body in re.findall(r"\benum \{(.*?)\};", text, flags=re.DOTALL):
        value = -1
        for item in filter(None, map(str.strip, body.split(","))):
            name, _, given = map(str.strip, item.partition("="))
            value = eval_shift(given) if given else value + 1
            constants[name] = value
    structs = {
        name: fields(body, ";", constants, name)
        for name, body in re.findall(
            r"typedef struct (lg_\w+) \{(.*?)\} \1;", text, flags=re.DOTALL
        )
        if name != "lg_kernels"
    }
    return structs, constants


def eval_shift(text: str) -> int:
    """A whole number, or one shifted."""
    left, _, right = text.partition("<<")
    return int(left) << int(right or 0)


def load() -> tuple[list[Kernel], dict[str, tuple[Field, ...]], dict[str, int]]:
    structs, constants = read_structs((HERE / "kernels.h").read_text())
    return read_kernels((HERE / "ops.def").read_text()), structs, constants


def pxi() -> list[str]:
    """The declarations for Cython."""
    kernels, structs, constants = load()
    lines = ['cdef extern from "kernels.h" nogil:', "    enum:"]
    lines += [f"        {name}" for name in constants]
    for name, members in structs.items():
        lines += [f"    ctypedef struct {name}:", *(f"        {m.declare()}" for m in members)]
    lines += [
        'cdef extern from "kernels.h":',
        "    ctypedef struct lg_kernels:",
        "        const char *isa",
    ]
    for kernel in kernels:
        prototype = kernel.prototype.replace("char_p *", "char **")
        lines.append(f"        void (*{kernel.name})({prototype}) noexcept nogil")
    return lines


def bindings() -> list[str]:
    """Cython's functions of the kernels of one element."""
    lines: list[str] = []
    for kernel in load()[0]:
        operands, last = kernel.operands, kernel.operands[-1:]
        if not operands:
            continue
        given = ", ".join(operands + [f"double {name}" for name in kernel.numbers])
        passed = [
            f"{a.name}_"
            if a.name in operands
            else f"size_of({last[0]})"
            if a.name == "size"
            else a.name
            for a in kernel.arguments
        ]
        passed[-1] = "data(result)"
        lines += [
            f"def {kernel.name}({given}):",
            f'    """{kernel.name}, element by element: see its kernel."""',
            f"    cdef const lg_kernels *k = kernels_for({operands[0]})",
        ]
        lines += [f'    cdef const float *{x}_ = floats({x}, "{OPERANDS[x]}")' for x in operands]
        if len(operands) == 2:
            named = ", ".join(f'{x}, "{OPERANDS[x]}"' for x in operands)
            lines.append(f"    same_shape({named})")
        lines += [
            f"    result = new_like({last[0]})",
            f"    k.{kernel.name}({', '.join(passed)})",
            "    return result",
            "",
        ]
    return lines


def stub() -> list[str]:
    """The same in the module's stub."""
    found = []
    for kernel in load()[0]:
        given = [f"{x}: _A" for x in kernel.operands] + [f"{x}: float" for x in kernel.numbers]
        if kernel.operands:
            found.append(f"def {kernel.name}({', '.join(given)}) -> _A: ...")
    return found


def write_stub() -> None:
    before, rest = STUB.read_text().split(STUB_BEGIN)
    _, after = rest.split(STUB_END)
    STUB.write_text("\n".join([before + STUB_BEGIN, *stub(), "", STUB_END]) + after)


def calls() -> list[str]:
    """The C file that is included by record/calls.c."""
    kernels, structs, _ = load()
    lines: list[str] = []
    for kernel in kernels:
        lines += at_once(kernel)
        if kernel.trait != "AT_ONCE":
            lines += _Call(kernel, structs).lines()
    for table, prefix in (("lg_noting", "note"), ("lg_at_once", "at_once")):
        lines.append(f"const lg_kernels {table} = {{")
        for kernel in kernels:
            kind = "at_once" if kernel.trait == "AT_ONCE" else prefix
            lines.append(f"    .{kernel.name} = {kind}_{kernel.name},")
        lines.append("};")
    lines += ['#include "record/fuse.h"', '#include "record/split.h"']
    lines += ["static int split_images(lg_call *call, const lg_split *k, ptrdiff_t *strides)", "{"]
    for kernel in kernels:
        if kernel.trait == "IMAGES":
            lines.append(f"    if (call->op == &op_{kernel.name})")
            lines.append(
                f"        return split_{kernel.name}((args_{kernel.name} *)(void *)call->args, k, strides);"
            )
    return [*lines, "    (void)call, (void)k, (void)strides;", "    return 0;", "}"]


def at_once(kernel: Kernel) -> list[str]:
    """The kernel itself, without Python's lock."""
    prototype = kernel.prototype.replace("char_p *", "char **")
    return [
        f"static void at_once_{kernel.name}({prototype})",
        "{",
        "    int before = lg_limit_threads(lg_allowed_threads()); /* what scratch memory is for */",
        "    PyThreadState *python = PyEval_SaveThread();",
        f"    lg->{kernel.name}({kernel.passed});",
        "    PyEval_RestoreThread(python);",
        "    lg_limit_threads(before);",
        "}",
    ]


class _Call:
    """What is written for the noted calls of one kernel."""

    def __init__(self, kernel: Kernel, structs: dict[str, tuple[Field, ...]]) -> None:
        self.kernel, self.structs = kernel, structs
        self.members: list[str] = []
        self.keep: list[str] = []  # statements that note
        self.before: list[str] = []  # statements that make the arguments ready to be passed
        self.pointers: list[tuple[str, str]] = []  # places and roles
        self.numbers: list[tuple[str, str]] = []  # places and types of floats and doubles
        self.row, self.row_pointers = "", []
        for argument, following in zip(
            kernel.arguments, [*kernel.arguments[1:], None], strict=True
        ):
            self.members.append(f"    {argument.declare()};")
            if argument.kind not in structs:
                self.take(argument, "", argument.name)
            elif following and (following.kind, following.name) == ("ptrdiff_t", "count"):
                self.take_rows(argument)
            else:
                self.take_struct(argument)

    def take(self, field: Field, inside: str, source: str) -> None:
        """Keeps a field: of the call itself, or of the copy of a struct."""
        at = f"{inside}{field.name}"
        if field.role == "VERDICT":  # what was wrong has been found before the call was noted
            self.members.append(f"    {field.kind} {field.name}_room;")
            self.before.append(f"    call->{at} = &call->{field.name}_room;")
        elif field.length and (field.stars or field.kind in NUMBERS):
            for i in range(field.length):
                self.take(
                    replace(field, name=f"{field.name}[{i}]", length=0), inside, f"{source}[{i}]"
                )
        elif field.length:
            self.keep.append(f"        memcpy(call->{at}, {source}, sizeof call->{at});")
        elif field.stars:
            self.pointers.append((at, field.role))
            self.keep.append(f"        call->{at} = {source};")
        elif field.kind in NUMBERS:
            self.numbers.append((at, field.kind))
            self.keep.append(f"        *numbers++ = {source};")
        elif field.kind in self.structs:
            for part in self.structs[field.kind]:
                self.take(part, f"{at}.", f"{source}.{part.name}")
        else:
            self.keep.append(f"        call->{at} = {source};")

    def take_struct(self, argument: Field) -> None:
        copy = f"{argument.name}_copy"
        self.members.append(f"    {argument.kind} {copy};")
        self.before.append(f"    call->{argument.name} = &call->{copy};")
        for part in self.structs[argument.kind]:
            self.take(part, f"{copy}.", f"{argument.name}->{part.name}")

    def take_rows(self, argument: Field) -> None:
        """A table of structs, whose copy follows the arguments. Its floats are the kernel's own."""
        self.row = argument.kind
        self.before.append(f"    call->{argument.name} = ({self.row} *)(void *)(call + 1);")
        self.keep += [
            f"        {self.row} *rows = ({self.row} *)(void *)(call + 1);",
            "        for (ptrdiff_t i = 0; i < count; i++) {",
        ]
        for part in self.structs[self.row]:
            if part.stars:
                places = [f"{part.name}[{i}]" for i in range(part.length)] or [part.name]
                self.row_pointers += [(place, part.role) for place in places]
            if part.stars or part.kind not in NUMBERS:
                self.keep.append(
                    f"            memcpy(&rows[i].{part.name}, &{argument.name}[i].{part.name}, "
                    f"sizeof rows->{part.name});"
                )
        self.keep.append("        }")

    def lines(self) -> list[str]:
        name = self.kernel.name
        passed = ", ".join(f"call->{a.name}" for a in self.kernel.arguments)
        rows = f"sizeof({self.row}), offsetof(args_{name}, count)" if self.row else "0, 0"
        elements = f"offsetof(args_{name}, size)" if self.kernel.trait == "ELEMENTS" else "0"
        names = [place.rpartition(".")[2] for place, _ in self.pointers]
        places = [f"AT_{name}_{place.replace('[', '_').rstrip(']')}" for place in names]
        return [
            "typedef struct {", *self.members, f"}} args_{name};",
            *([f"enum {{ {', '.join(places)} }};"] if self.kernel.trait == "IMAGES" else []),
            f"static void make_{name}(void *args)\n{{\n    args_{name} *call = args;", *self.before,
            f"    lg->{name}({passed});\n}}",
            words("lg_pointer", f"pointers_{name}", f"args_{name}", self.pointers, "LG_"),
            words("lg_pointer", f"row_pointers_{name}", self.row, self.row_pointers, "LG_"),
            words("lg_number", f"numbers_{name}", f"args_{name}", self.numbers, "LG_"),
            f"static const lg_op op_{name} = {{",
            f'    "{name}", LG_{self.kernel.trait}, make_{name}, sizeof(args_{name}),',
            f"    pointers_{name}, {len(self.pointers)}, numbers_{name}, {len(self.numbers)},",
            f"    {rows}, row_pointers_{name}, {len(self.row_pointers)}, {elements},\n}};",
            f"static void note_{name}({self.kernel.prototype})\n{{",
            "    double *numbers;",
            f"    args_{name} *call = lg_note(&op_{name}, {'count' if self.row else '0'}, &numbers);",
            "    if (call) {", *self.keep, "    }", "    (void)numbers;", "    lg_noted();", "}",
        ]  # fmt: skip


def words(kind: str, name: str, struct: str, places: list[tuple[str, str]], prefix: str) -> str:
    """A constant array of places in a struct and what stands there."""
    items = [f"{{offsetof({struct}, {at}), {prefix}{word.upper()}}}" for at, word in places]
    return f"static const {kind} {name}[] = {{{', '.join([*items, '{0, 0}'])}}};"


if __name__ == "__main__":
    write_stub()
