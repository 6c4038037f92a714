"""What Markdown pages show: blocks of code, commands, tables, links, names."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Page:
    """One of them, by its path from the root."""

    def __init__(self, path):
        self.path = ROOT / path
        self.text = self.path.read_text()

    def blocks(self, language):
        """The fenced blocks of a language, also indented ones, each with its indentation taken away."""
        pattern = rf"^( *)```{language}\n(.*?)^\1```$"
        found = re.findall(pattern, self.text, re.DOTALL | re.MULTILINE)
        return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]

    def commands(self):
        """What stands behind a prompt in blocks of the console."""
        lines = "".join(self.blocks("console")).splitlines()
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]

    def run_python(self, namespace, wanted=lambda block: True):
        """Run the blocks of Python in order."""
        for number, block in enumerate(self.blocks("python")):
            if wanted(block):
                exec(compile(block, f"{self.path.name}, Python block {number}", "exec"), namespace)

    def rows(self, second):
        """The cells of the rows of all tables whose second column has that heading."""
        found = []
        for table in re.findall(r"(?:^\|.*\n)+", self.text, re.MULTILINE):
            head, _, *rows = [line.strip("|").split(" | ") for line in table.splitlines()]
            if head[1].strip(" |") == second:
                found += [[cell.strip(" |") for cell in row] for row in rows]
        return found

    def missing_links(self):
        """Links to files that are not there."""
        links = re.findall(r"\]\(([^)#]+)[^)]*\)", self.text)
        return [
            link
            for link in links
            if not link.startswith("https://") and not (self.path.parent / link).is_file()
        ]

    def names(self):
        """The names of lanegrad's that stand alone between backticks."""
        return re.findall(r"`(lanegrad(?:\.\w+)+)`", self.text)


def lanegrad_command(arguments, folder, environment=None):
    """Run the command line; its output, or an AssertionError with what it says."""
    finished = subprocess.run(
        [sys.executable, "-m", "lanegrad", *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
