"""Builds lanegrad's one extension module.

Kernels are compiled once per instruction set that the compiler knows (csrc/isa.def lists them with their
flags), everything else once with baseline flags, so that the module runs on any CPU of its architecture and
picks the best set at import. Objects stay in build/ and are made anew where something that they were made of
has changed; a build ends with a list of where its time went.

Environment: LANEGRAD_OPENMP=0 builds without OpenMP; LANEGRAD_WERROR=1 turns warnings into errors.
"""

import os
import platform
import re
import shlex
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import Cython
import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

CSRC = Path("csrc")
PYX = Path("pyx")
sys.path.insert(0, str(CSRC))
import generate  # noqa: E402  what is made of the list of kernels

# Compiled once, with baseline flags: what does not compute. The rest of kernels/, for each instruction set.
BASELINE = [
    CSRC / name for name in ("dispatch.c", "parallel.c", "record/record.c", "record/calls.c")
]
BASELINE += sorted(CSRC.glob("kernels/*/scratch.c"))
BASELINE += [CSRC / "kernels" / name for name in ("map/names.c", "reduce/walk.c")]
BASELINE += sorted({*CSRC.glob("kernels/augment/*.c")} - {CSRC / "kernels/augment/augment.c"})
BASELINE += [CSRC / "kernels/movement" / name for name in ("copy.c", "gather.c", "sort.c")]
# No contraction and no -ffast-math: results are to be the same bits on every instruction set. What is
# given up, errno and floating-point traps, no kernel uses, and compilers then vectorize comparisons.
C_FLAGS = ["-std=c11", "-O2", "-g0", "-fvisibility=hidden", "-fopenmp-simd"]
C_FLAGS += ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
# A kernel without its rule does not build.
C_FLAGS += ["-Werror=implicit-function-declaration"]
# No exception passes through C; without the tables for that the wheel is smaller.
C_FLAGS += ["-fno-unwind-tables", "-fno-asynchronous-unwind-tables"]
WARNINGS = ["-Wall", "-Wextra", "-Wno-unknown-pragmas"]
# What Cython writes is one large file, most of which runs once or never; warnings in it are Cython's.
# What NumPy's headers do not declare is not to be found out at import.
CORE_FLAGS = ["-Os", "-g0", "-fvisibility=hidden", "-Werror=implicit-function-declaration"]
CORE_FLAGS += ["-fno-unwind-tables", "-fno-asynchronous-unwind-tables", "-DCYTHON_UNPACK_METHODS=0"]
CORE_FLAGS += ["-fno-jump-tables"]
# A module runs on every NumPy from the C API that it was built for on, here that of 1.25 and 1.26, which is
# the oldest that pyproject.toml allows; without this, the NumPy that it is built with decides.
NUMPY_MACROS = [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")]
NUMPY_MACROS += [("NPY_TARGET_VERSION", "NPY_1_25_API_VERSION")]
# Where a CPU has a better set, hardly anybody runs this one; but it would be most of the wheel and the build.
SMALL = ["-Os", "-DLG_SMALL", "-Wno-maybe-uninitialized"]
# What gains a tenth to a fifth of its time from copies of its loops for each number of elements; other loops
# say themselves where they are to be vectors.
LONG = ("cross_entropy/*.c", "movement/scan.c")
# What seldom runs, or waits for memory.
SHORTEST = (
    "probes/simd_probe.c",
    "local_response_norm.c",
    "optim/*.c",
    "activation.c",
    "pool2d/avg_pool2d.c",
    "pool2d/max_pool2d.c",
    "elementwise.c",
)
ARCHITECTURES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


def instruction_sets() -> dict[str, list[str]]:
    """The sets of isa.def for this architecture, best first, with their compiler flags."""
    machine = ARCHITECTURES.get(platform.machine().lower(), "other")
    lines = re.findall(r'ISA\((\w+), "(\w+)", "([^"]*)"', (CSRC / "isa.def").read_text())
    sets = {name: flags.split() for name, arch, flags in lines if arch in (machine, "any")}
    if len(sets) > 1:
        sets["portable"] += SMALL
    return sets


def length(source: Path) -> list[str]:
    """Flags for a kernel's file that is to be longer or shorter than others."""
    for patterns, flag in ((SHORTEST, "-Os"), (LONG, "-O3")):
        if any(source.match(f"kernels/{pattern}") for pattern in patterns):
            return [flag]
    return []


def write(path: Path, text: str) -> None:
    """Writes a file, unless that is what it holds: its time stands for its content."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def newer(made: Path, sources: Iterable[Path | str]) -> bool:
    """Whether a file is there, and was made after all of these, which are there too."""
    try:
        return made.stat().st_mtime > max(os.stat(source).st_mtime for source in sources)
    except FileNotFoundError:
        return False


@dataclass
class Job:
    """An object to be made of a C file: below which folder, with which macros and flags."""

    folder: str
    source: Path
    macros: list[tuple[str, str]]
    flags: list[str]
    includes: list[str] = field(default_factory=list)


class BuildCore(build_ext):
    """build_ext that makes several objects at a time, and those alone that are not up to date."""

    def finalize_options(self) -> None:
        super().finalize_options()
        # Wherever the module goes: an editable install and one in place share what has been made.
        tag = f"{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
        self.build_temp = os.path.join("build", f"objects.{tag}")

    def build_extension(self, ext: Extension) -> None:
        began = time.perf_counter()
        self.check_compiler()
        openmp = [] if os.environ.get("LANEGRAD_OPENMP") == "0" else self.openmp_flags()
        self.folder = Path(self.build_temp, "openmp" if openmp else "serial")
        self.times: list[tuple[str, str, float]] = []
        generated = Path(self.build_temp, "generated")
        write(generated / "kernels.pxi", "\n".join(generate.pxi()) + "\n")
        write(generated / "bindings.pxi", "\n".join(generate.bindings()) + "\n")
        write(generated / "calls.inc", "\n".join(generate.calls()) + "\n")
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # the longest first
            made = [pool.submit(self.make_core, ext, generated)]
            made += [pool.submit(self.make, job) for job in self.jobs(openmp, generated)]
            ext.extra_objects = [future.result() for future in made]
        # Without names of functions, which nobody looks up.
        strip = [] if sys.platform == "darwin" else ["-s"]
        ext.sources, ext.extra_link_args = [], openmp + strip
        # Anew in any case: after a build with OpenMP and one without, the objects of the first are older than
        # the module, which is made of the second's.
        self.force = self.compiler.force = True
        super().build_extension(ext)
        self.report(time.perf_counter() - began)

    def jobs(self, openmp: list[str], generated: Path) -> list[Job]:
        sets = {name: flags for name, flags in instruction_sets().items() if self.compiles(flags)}
        flags = C_FLAGS + WARNINGS + openmp
        if os.environ.get("LANEGRAD_WERROR") == "1":
            flags.append("-Werror")
        includes = [str(CSRC), str(generated)]
        jobs = [
            Job(
                name,
                source,
                [("LG_ISA", name), (f"LG_ISA_{name}", "1")],
                flags + length(source) + isa_flags,
                includes,
            )
            for source in [*sorted({*CSRC.glob("kernels/**/*.c")} - {*BASELINE}), CSRC / "table.c"]
            for name, isa_flags in sets.items()
        ]
        built = [(f"LG_BUILT_{name}", "1") for name in sets]
        return jobs + [
            Job("baseline", source, built, flags + length(source), includes) for source in BASELINE
        ]

    def make_core(self, ext: Extension, generated: Path) -> str:
        """The object of the module itself, by way of the C file that Cython writes."""
        sources = [
            *PYX.rglob("*.pyx"),
            *PYX.rglob("*.pxi"),
            *PYX.rglob("*.pxd"),
            *generated.glob("*.pxi"),
        ]
        c, versions = generated / "pyx" / "_core.c", generated / "versions"
        # NumPy's declarations for Cython go into it too.
        write(versions, f"Cython {Cython.__version__}, NumPy {numpy.__version__}\n")
        if not newer(c, [*sources, versions]):
            start = time.perf_counter()
            ext.sources = [str(PYX / "_core.pyx")]
            paths = [str(generated), str(PYX)]
            cythonize([ext], include_path=paths, build_dir=str(generated), force=True, quiet=True)
            self.times.append(("Cython", str(PYX), time.perf_counter() - start))
        includes = [str(CSRC), numpy.get_include(), *self.compiler.include_dirs]
        return self.make(Job("core", c, NUMPY_MACROS, CORE_FLAGS, includes))

    def make(self, job: Job) -> str:
        """The object, made anew if its command or a file that went into it is another one."""
        folder = self.folder / job.folder
        (made,) = self.compiler.object_filenames([str(job.source)], output_dir=str(folder))
        path = Path(made)
        command = shlex.join(
            [*self.compiler.compiler_so, *job.flags, *map(str, job.macros), *job.includes]
        )
        write(path.with_suffix(".command"), command)
        if newer(path, [job.source, path.with_suffix(".command"), *needed(path.with_suffix(".d"))]):
            return made
        start = time.perf_counter()
        self.compiler.compile(
            [str(job.source)],
            output_dir=str(folder),
            macros=job.macros,
            include_dirs=job.includes,
            extra_postargs=[*job.flags, "-MD", "-MF", str(path.with_suffix(".d"))],
        )
        self.times.append((job.folder, str(job.source), time.perf_counter() - start))
        return made

    def report(self, seconds: float) -> None:
        """Says where the time went."""
        parts: dict[str, float] = {}
        for part, _, took in self.times:
            parts[part] = parts.get(part, 0.0) + took
        print(f"{len(self.times)} files compiled, {seconds:.1f} s; of each core, together:")
        for part, took in sorted(parts.items(), key=lambda item: -item[1]):
            print(f"{took:7.1f} s  {part}")
        for part, source, took in sorted(self.times, key=lambda item: -item[2])[:5]:
            print(f"{took:7.1f} s  {part} {source}")

    def check_compiler(self) -> None:
        """Raises where there is no compiler, or no Python to compile for."""
        command = self.compiler.compiler_so[0]
        if not self.compiles([], "#include <stdlib.h>\n"):
            raise CompileError(
                f"no C compiler: {command!r} does not run, or finds no C library. Install one (Debian, "
                "Ubuntu: apt install gcc libc6-dev; Fedora: dnf install gcc; macOS: xcode-select --install) "
                "or name one in CC"
            )
        if not self.compiles(
            [f"-I{path}" for path in self.compiler.include_dirs], "#include <Python.h>\n"
        ):
            raise CompileError(
                "Python.h is missing: install Python's headers (Debian, Ubuntu: apt install python3-dev; "
                "Fedora: dnf install python3-devel)"
            )

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


def needed(rule: Path) -> list[str]:
    """The files that went into an object, of the rule that the compiler wrote for make."""
    if not rule.exists():
        return [str(rule)]
    return rule.read_text().replace("\\\n", " ").split(": ", 1)[1].split()


core = Extension("lanegrad._core", [str(PYX / "_core.pyx")])
setup(ext_modules=[core], cmdclass={"build_ext": BuildCore})
