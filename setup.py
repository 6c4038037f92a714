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
sys.path.insert(0, str(CSRC))
import generate  # noqa: E402  what is made of the list of kernels

BASELINE = ["dispatch.c", "parallel.c", "scratch.c", "record/record.c", "record/calls.c"]
# No contraction and no -ffast-math: results are to be the same bits on every instruction set. What is
# given up, errno and floating-point traps, no kernel uses, and compilers then vectorize comparisons.
C_FLAGS = ["-std=c11", "-O3", "-g0", "-fvisibility=hidden", "-fopenmp-simd"]
C_FLAGS += ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
# A kernel without its rule does not build.
C_FLAGS += ["-Werror=implicit-function-declaration"]
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


def write(path: Path, lines: list[str]) -> None:
    text = "\n".join(lines) + "\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


class BuildKernels(build_ext):
    """build_ext that first compiles the C sources, several objects at a time."""

    def run(self) -> None:
        generated = Path(self.build_temp)
        generated.mkdir(parents=True, exist_ok=True)
        write(generated / "kernels.pxi", generate.pxi())
        write(generated / "calls.inc", generate.calls())
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
                include_dirs=[str(CSRC), self.build_temp, *self.compiler.include_dirs],
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
