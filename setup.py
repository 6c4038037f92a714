"""Builds lanegrad's one extension module.

Every file of csrc/kernels is compiled once per instruction set that the compiler knows (csrc/isa.def
lists them with their flags), everything else once with baseline flags, so that the module runs on any
CPU of its architecture and picks the best set at import.

Environment: LANEGRAD_OPENMP=0 builds without OpenMP; LANEGRAD_WERROR=1 turns warnings into errors.
"""

import os
import platform
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

CSRC = Path("csrc")
PYX = Path("pyx")
BASELINE = ["dispatch.c", "parallel.c", "plan.c", "scratch.c"]
# No contraction and no -ffast-math: results are to be the same bits on every instruction set. What is
# given up, errno and floating-point traps, no kernel uses, and compilers then vectorize comparisons.
C_FLAGS = ["-std=c11", "-O3", "-g0", "-fvisibility=hidden", "-fopenmp-simd"]
C_FLAGS += ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
WARNINGS = ["-Wall", "-Wextra", "-Wno-unknown-pragmas"]
ARCHITECTURES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


def instruction_sets() -> dict[str, list[str]]:
    """The sets of isa.def for this architecture, best first, with their compiler flags."""
    machine = ARCHITECTURES.get(platform.machine().lower(), "other")
    lines = re.findall(r'ISA\((\w+), "(\w+)", "([^"]*)"', (CSRC / "isa.def").read_text())
    sets = {name: flags.split() for name, arch, flags in lines if arch in (machine, "any")}
    if len(sets) > 1:  # then hardly a CPU is left with it, and it would be most of the wheel
        sets["portable"].append("-Os")
    return sets


def without_comments(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


def kernels() -> dict[str, str]:
    """The kernels of ops.def by name, with their arguments."""
    found = re.findall(
        r"OP\((\w+),\s*\((.*?)\)\)", without_comments(CSRC / "ops.def"), flags=re.DOTALL
    )
    return {name: " ".join(arguments.split()) for name, arguments in found}


def write(path: Path, lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def kernel_declarations() -> list[str]:
    """The Cython declaration of the kernel table."""
    lines = [
        'cdef extern from "kernels.h":',
        "    ctypedef struct lg_kernels:",
        "        const char *isa",
    ]
    for name, arguments in kernels().items():
        lines.append(f"        void (*{name})({arguments}) noexcept nogil")
    return lines


def fields(declarations: str, separator: str) -> list[tuple[str, str, str]]:
    """The type, the stars and the rest (name, and length of an array) of each variable that is declared."""
    found = []
    for declaration in filter(None, map(str.strip, declarations.split(separator))):
        kind, variables = re.fullmatch(r"((?:const )?\w+) ?(.*)", declaration, re.DOTALL).groups()
        for variable in variables.split(","):
            stars, name = re.fullmatch(r"\s*(\**)([\w\[\]]+)\s*", variable).groups()
            found.append((kind, stars, name))
    return found


def recording_table() -> list[str]:
    """The table of kernels that plan.h speaks of. What a pointer is for follows from its type: data is read
    (const) or written, a struct of arguments is copied, or a table of `count` of them, and `bad` tells of
    data that is not as it should be. Floats in a table are the kernel's own."""
    text = without_comments(CSRC / "kernels.h")
    structs = dict(re.findall(r"typedef struct (lg_\w+) \{(.*?)\} \1;", text, flags=re.DOTALL))
    names = kernels()
    lines = ['#include "kernels.h"', '#include "plan.h"', "#include <string.h>"]
    for op, arguments in names.items():
        parts = fields(arguments, ",")
        passed = ", ".join(name for _, _, name in parts)
        head = f"static void record_{op}({arguments})\n{{"
        if any(len(stars) > 1 for _, stars, _ in parts):
            lines += [
                head,
                f"    lg_unrecordable();\n    lg_recorded_kernels()->{op}({passed});\n}}",
            ]
            continue
        members, copies, keep, pointers, before, after = [], [], [], [], [], []
        rows, row, row_pointers = "0", "", []

        for (kind, stars, name), following in zip(parts, [*parts[1:], None], strict=True):
            members.append(f"    {kind} {stars}{name};")
            own = kind.removeprefix("const ")
            if stars and own in structs and following == ("ptrdiff_t", "", "count"):
                rows, row = "count", own
                before.append(f"    call->{name} = ({own} *)(void *)(call + 1);")
                keep.append(f"        {own} *rows = ({own} *)(void *)(call + 1);")
                for field_kind, field_stars, field in fields(structs[own], ";"):
                    if field_stars:
                        row_pointers += pointer_words(own, field_kind, field)
                    if field_stars or field_kind not in ("float", "double"):
                        field = field.partition("[")[0]
                        copied = (
                            f"memcpy(&rows[i].{field}, &{name}[i].{field}, sizeof rows->{field})"
                        )
                        keep.append(
                            f"        for (ptrdiff_t i = 0; i < count; i++)\n            {copied};"
                        )
            elif stars and own in structs:
                copy = f"{name}_copy"
                copies.append(f"    {own} {copy};")
                before.append(f"    call->{name} = &call->{copy};")
                for field_kind, field_stars, field in fields(structs[own], ";"):
                    at = f"{copy}.{field.partition('[')[0]}"
                    if field_stars and field.startswith("bad"):
                        found_bad(field_kind, at, copies, before, after)
                        continue
                    if field_stars:
                        pointers += pointer_words(f"args_{op}", field_kind, f"{copy}.{field}")
                    # One by one: bytes between them stay 0, so that calls can be compared.
                    copied = f"memcpy(&call->{at}, &{name}->{field.partition('[')[0]}, sizeof call->{at})"
                    keep.append(f"        {copied};")
            elif stars and name.startswith("bad"):
                found_bad(kind, name, copies, before, after)
            else:
                keep.append(f"        call->{name} = {name};")
                if stars:
                    pointers += pointer_words(f"args_{op}", kind, name)

        played = ", ".join(f"call->{name}" for _, _, name in parts)
        first = copies[0].split()[-1].strip(";") if copies else "none"
        lines += [
            "typedef struct {", *members, *(copies or ["    char none;"]), f"}} args_{op};",
            f"static int play_{op}(void *args)\n{{\n    args_{op} *call = args;", *before,
            f"    lg->{op}({played});", f"    return {' || '.join(after) or '0'};\n}}",
            f"static const lg_pointer pointers_{op}[] = {{{', '.join([*pointers, '{0, 0, 0}'])}}};",
            f"static const lg_pointer row_pointers_{op}[] = {{{', '.join([*row_pointers, '{0, 0, 0}'])}}};",
            f"static const lg_op op_{op} = {{",
            f'    "{op}", play_{op}, sizeof(args_{op}), offsetof(args_{op}, {first}),',
            f"    pointers_{op}, {len(pointers)},",
            f"    {f'sizeof({row}), offsetof(args_{op}, count)' if row else '0, 0'},",
            f"    row_pointers_{op}, {len(row_pointers)},\n}};",
            head, f"    args_{op} *call = lg_record(&op_{op}, {rows});",
            "    if (call) {", *keep, "    }", f"    lg_recorded_kernels()->{op}({passed});\n}}",
        ]  # fmt: skip
    entries = [f"    .{op} = record_{op}," for op in names]
    lines += ["static lg_kernels table = {", *entries, "};"]
    return [
        *lines,
        "lg_kernels *lg_recording_table(void) { return &table; }",
        '#include "fuse.h"',
        '#include "split.h"',
    ]


def pointer_words(struct: str, kind: str, field: str) -> list[str]:
    """The lg_pointers of a field, of each of its elements if it is an array."""
    name, _, length = field.partition("[")
    each = [f"{name}[{i}]" for i in range(int(length[:-1]))] if length else [name]
    roles = f"{int(not kind.startswith('const '))}, {int(name.endswith('scratch'))}"
    return [f"{{offsetof({struct}, {at}), {roles}}}" for at in each]


def found_bad(kind: str, at: str, copies: list[str], before: list[str], after: list[str]) -> None:
    """What a call needs to tell of bad data: by a position, or by an int that is not 0."""
    room = at.replace(".", "_") + "_room"
    copies.append(f"    {kind} {room};")
    before.append(f"    call->{room} = 0, call->{at} = &call->{room};")
    after.append(f"call->{room} {'> 0' if kind == 'int' else '>= 0'}")


class BuildKernels(build_ext):
    """build_ext that first compiles the C sources, several objects at a time."""

    def run(self) -> None:
        generated = Path(self.build_temp)
        generated.mkdir(parents=True, exist_ok=True)
        write(generated / "kernels.pxi", kernel_declarations())
        write(generated / "recording.c", recording_table())
        translated = cythonize(
            self.extensions,
            include_path=[str(generated), str(PYX)],
            build_dir=str(generated),
            force=True,
            quiet=True,
        )
        for ext, c in zip(self.extensions, translated, strict=True):
            ext.sources = c.sources
        super().run()

    def build_extension(self, ext: Extension) -> None:
        openmp = [] if os.environ.get("LANEGRAD_OPENMP") == "0" else self.openmp_flags()
        sets = {name: flags for name, flags in instruction_sets().items() if self.compiles(flags)}
        flags = C_FLAGS + WARNINGS + openmp
        if os.environ.get("LANEGRAD_WERROR") == "1":
            flags.append("-Werror")
        kernels = [*sorted(str(path) for path in CSRC.glob("kernels/*.c")), str(CSRC / "table.c")]
        built = [(f"LG_BUILT_{name}", "1") for name in sets]
        jobs = [
            (name, source, [("LG_ISA", name), (f"LG_ISA_{name}", "1")], flags + isa_flags)
            for name, isa_flags in sets.items()
            for source in kernels
        ]
        jobs += [("baseline", str(CSRC / name), built, flags) for name in BASELINE]
        jobs.append(("baseline", os.path.join(self.build_temp, "recording.c"), built, flags))

        shared = [path for path in ext.depends if path.endswith((".h", ".def"))] + [__file__]

        def compile_one(job: tuple[str, str, list[tuple[str, str]], list[str]]) -> list[str]:
            directory, source, macros, arguments = job
            folder = os.path.join(self.build_temp, "openmp" if openmp else "serial", directory)
            objects = self.compiler.object_filenames([source], output_dir=folder)
            made = os.path.getmtime(objects[0]) if os.path.exists(objects[0]) else 0.0
            if not self.force and made > max(map(os.path.getmtime, [source, *shared])):
                return objects
            return self.compiler.compile(
                [source],
                output_dir=folder,
                macros=macros,
                include_dirs=[str(CSRC)],
                extra_postargs=arguments,
                depends=ext.depends,
            )

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            ext.extra_objects = [obj for objs in pool.map(compile_one, jobs) for obj in objs]
        ext.extra_link_args = openmp
        super().build_extension(ext)

    def openmp_flags(self) -> list[str]:
        """The flags under which this compiler builds and links OpenMP, or none: then it is a serial build."""
        program = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"
        choices = [["-fopenmp"]]
        if sys.platform == "darwin":
            choices.append(["-Xpreprocessor", "-fopenmp", "-lomp"])
        return next((flags for flags in choices if self.compiles(flags, program, link=True)), [])

    def compiles(
        self, flags: list[str], program: str = "int main(void) { return 0; }\n", link: bool = False
    ) -> bool:
        with tempfile.TemporaryDirectory() as directory:
            source = os.path.join(directory, "probe.c")
            Path(source).write_text(program)
            try:
                objects = self.compiler.compile(
                    [source], output_dir=directory, extra_postargs=flags
                )
                if link:
                    self.compiler.link_executable(
                        objects, os.path.join(directory, "probe"), extra_postargs=flags
                    )
            except Exception:  # the compiler's own error classes vary by platform
                return False
        return True


sources = [
    str(path)
    for folder in (CSRC, PYX)
    for path in sorted(folder.rglob("*"))
    if path.suffix in {".c", ".h", ".def", ".pyx", ".pxi"}
]
core = Extension(
    "lanegrad._core",
    [str(PYX / "_core.pyx")],
    include_dirs=[str(CSRC), numpy.get_include()],
    extra_compile_args=["-g0"],
    define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
    depends=sources,
)
setup(ext_modules=[core], cmdclass={"build_ext": BuildKernels})
