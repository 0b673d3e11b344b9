"""Which pictures of a view are meant, how their files are called, and what is said of what is not there."""

from pathlib import Path

import pytest

from rnnviz.export import album, lecture
from rnnviz.export.album import Album, Folders
from rnnviz.export.links import Link


class Saver:
    """Pages with two pictures each, of which the second has no numbers and fails at first."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        self.opened: list[str] = []
        self.waiting: list[Link] = []
        self.failed = False

    def begin(self, link: Link) -> None:
        self.opened.append(link.page)
        self.waiting.append(link)

    def arrive(self) -> list[str]:
        self.here = self.waiting.pop(0)
        if self.here.page == "Gradients":
            raise ValueError("the page did not open: net::ERR_FAILED")
        return ["cell must be one of rnn,\nlstm, gru"] if "cell=x" in self.here.query else []

    def pictures(self) -> list[str]:
        return [] if self.here.page == "Memory" else ["gates-time", "gates-by_unit"]

    def meant(self, name: str) -> str:
        return next((key for key in self.pictures() if name in (key, key.partition("-")[2])), "")

    def query(self) -> str:
        return "cell=gru"

    def told(self, key: str) -> dict[str, str]:
        return {"title": f"{key} h<sub>t</sub>", "caption": "", "alt": "Strip. The numbers stand in a table below."}

    def saved(self, key: str, form: str, ratio: float | None = None) -> Path | None:
        if form == "csv" and key == "gates-by_unit":
            return None
        if key == "gates-by_unit" and not self.failed:
            self.failed = True
            raise ValueError("The browser could not draw the picture.")
        self.count += 1
        file = self.folder / f"file{self.count}"
        file.write_text(f"{key}.{form}{'' if ratio is None else f' {ratio:g}'}")
        return file

    def left(self, key: str) -> str:
        return "the lines of single units" if "t=9" in self.here.query and key == "gates-time" else ""

    def close(self, key: str) -> None:
        pass


class Heard:
    """What was said."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.warnings: list[str] = []

    def step(self, text: str) -> None:
        self.steps.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def made(text: str, folder: Path) -> tuple[list[album.Picture], Saver, Heard, Folders]:
    folders = Folders(folder / "kept", folder / "passing")
    for place in (folders.kept, folders.passing):
        place.mkdir()
    saver, heard = Saver(folders.passing), Heard()
    taken = Album(lecture.read(text, "week5"), (saver, saver), "http://h", folders, heard, 2.5)  # type: ignore[arg-type]
    return list(taken.pictures()), saver, heard, folders


def test_all_pictures_of_a_view_once_opened(tmp_path: Path) -> None:
    pictures, saver, heard, folders = made("/Gates\nhttp://other/Gates\n/Gates?cell=x\n", tmp_path)
    assert saver.opened == ["Gates", "Gates"]
    assert [one.name for one in pictures][:3] == ["01-1-gates-time", "01-2-gates-by-unit", "02-1-gates-time"]
    assert {one.link for one in pictures} == {"http://h/Gates?cell=gru"}
    assert heard.warnings == ["line 3: the page says: cell must be one of rnn, lstm, gru"]
    assert heard.steps[-1] == "3 of 3: Gates, gates-by_unit"
    assert len(list(folders.kept.glob("*.png"))) == 6
    assert pictures[0].title == "gates-time hₜ"
    assert pictures[0].alt == "Strip."


@pytest.mark.parametrize("name", ["by_unit", "gates-by_unit"])
def test_one_picture_by_its_name(tmp_path: Path, name: str) -> None:
    text = f"figures:\n- {{link: /Gates, figure: {name}, name: mine, formats: [csv, html]}}"
    pictures, _, heard, folders = made(text, tmp_path)
    assert [one.name for one in pictures] == ["mine"]
    assert heard.warnings == ["line 2: there is no CSV of gates-by_unit"]
    assert [path.name for path in folders.kept.iterdir()] == ["mine.html"]
    assert (folders.passing / "mine-slide.png").read_text() == "gates-by_unit.png 2.5"
    assert (folders.passing / "mine-slide.svg").read_text() == "gates-by_unit.svg 2.5"
    assert not (folders.passing / "mine.png").exists()  # a deck needs no picture as on the page
    assert {path.name for path in pictures[0].laid_out.values()} == {"mine-slide.png", "mine-slide.svg"}


def test_what_is_not_there_is_named_beside_what_is_and_the_rest_is_made(tmp_path: Path) -> None:
    text = "figures:\n- link: /Gates\n- {link: /Gates, figure: heatmap}\n- link: /Memory\n- link: /Gates?a=b"
    pictures, _, heard, folders = made(text, tmp_path)
    assert heard.warnings == [
        "line 3: this view of Gates has gates-time, gates-by_unit; got 'heatmap'",
        "line 4: this view of Memory has no picture that can be saved",
        "line 5: no page reads 'a' of a link; what can be read is shown",
    ]
    names = ["01-1-gates-time", "01-2-gates-by-unit", "04-1-gates-time", "04-2-gates-by-unit"]
    assert [one.name for one in pictures] == names
    assert len(list(folders.kept.glob("*.png"))) == 4


def test_a_page_that_does_not_open(tmp_path: Path) -> None:
    pictures, _, heard, _ = made("/Gradients\n/Gates", tmp_path)
    assert heard.warnings == ["line 1: the page did not open: net::ERR_FAILED"]
    assert {one.entry.link.page for one in pictures} == {"Gates"}


def test_files_are_numbered_by_their_place_whatever_is_not_to_be_had(tmp_path: Path) -> None:
    text = "figures:\n- link: /Gradients\n- {link: /Gates, figure: heatmap}\n- {link: /Gates, figure: by_unit}"
    pictures, _, heard, _ = made(text, tmp_path)
    assert len(heard.warnings) == 2
    assert [one.name for one in pictures] == ["03-gates-by-unit"]


def test_what_a_slide_leaves_out_is_told(tmp_path: Path) -> None:
    text = "figures:\n- link: /Gates?t=9"
    _, _, heard, _ = made(text, tmp_path)
    assert heard.warnings == ["line 2: a slide has no room for: the lines of single units"]
    (tmp_path / "alone").mkdir()
    _, _, heard, _ = made(f"defaults: {{formats: [svg]}}\n{text}", tmp_path / "alone")
    assert heard.warnings == []


def test_parameters_that_no_page_reads_are_told(tmp_path: Path) -> None:
    _, _, heard, _ = made("/Gates?cell=lstm&text=It+was+not+bad\n", tmp_path)
    assert heard.warnings == ["line 1: no page reads 'text' of a link; what can be read is shown"]
