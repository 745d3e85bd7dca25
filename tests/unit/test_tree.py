"""The tree writer: what it writes, what it leaves alone, what it refuses, and what is left after a failure."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from chartgen.errors import RefusedError, ToolError
from chartgen.tools import journal, lockfile, tree, turn
from chartgen.tools.plan import Conflict

Files = dict[str, str]
SERVICE = "charts/shop/charts/a/templates/service.yaml"
BASE: Files = {
    "charts/shop/Chart.yaml": "name: shop\n",
    "charts/shop/charts/a/Chart.yaml": "name: a\n",
    SERVICE: "kind: Service\n",
}
UMBRELLA = {"charts/shop/Chart.yaml": "name: shop\n"}


def write(root: Path, files: Files, *, force: bool = False, step: journal.Step = journal.no_step) -> tree.Survey:
    with tree.writing(str(root), force=force):
        survey = tree.survey(str(root), files, force=force)
        if not survey.plan.conflicts and not survey.is_current:
            tree.write(survey, step=step)
    return survey


def contents(root: Path) -> Files:
    found = {str(p.relative_to(root)): p.read_text() for p in root.rglob("*") if p.is_file()}
    return {path: text for path, text in found.items() if path != lockfile.PATH}


def test_first_run_then_nothing(tmp_path: Path) -> None:
    assert len(write(tmp_path, BASE).plan.create) == 3
    assert contents(tmp_path) == BASE
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    survey = write(tmp_path, BASE)
    assert survey.is_current
    assert survey.plan.unchanged == 3
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == stamps
    assert tree.is_exactly(str(tmp_path), survey.lock_digest)


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    before = (tmp_path / SERVICE).stat()
    survey = write(tmp_path, BASE | {"charts/shop/Chart.yaml": "name: shop\nversion: 2\n"})
    assert survey.plan.update == ["charts/shop/Chart.yaml"]
    after = (tmp_path / SERVICE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_no_longer_implied_goes_with_its_folders(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    write(tmp_path, {"charts/shop/Chart.yaml": "name: shop\n"})
    assert not (tmp_path / "charts/shop/charts").exists()


def test_renamed_platform(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    renamed = {path.replace("shop", "store"): text for path, text in BASE.items()}
    write(tmp_path, renamed)
    assert contents(tmp_path) == renamed
    assert not (tmp_path / "charts/shop").exists()


def test_modes_follow_the_umask(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write(tmp_path, BASE)
    finally:
        os.umask(mask)
    assert (tmp_path / SERVICE).stat().st_mode & 0o777 == 0o640
    assert (tmp_path / SERVICE).parent.stat().st_mode & 0o777 == 0o750


def test_deleted_file_is_restored(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / SERVICE).unlink()
    assert write(tmp_path, BASE).plan.create == [SERVICE]
    assert contents(tmp_path) == BASE


def test_edited_file_stops_and_force_overwrites(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / SERVICE).write_text("kind: Service # mine\n")
    changed = BASE | {"charts/shop/Chart.yaml": "name: shop # new\n"}
    assert write(tmp_path, changed).plan.conflicts == {SERVICE: Conflict.EDITED}
    assert contents(tmp_path)["charts/shop/Chart.yaml"] == "name: shop\n"
    write(tmp_path, changed, force=True)
    assert contents(tmp_path) == changed


def test_edited_file_that_is_no_longer_implied_stops(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / SERVICE).write_text("kind: Service # mine\n")
    fewer = {path: text for path, text in BASE.items() if path != SERVICE}
    assert write(tmp_path, fewer).plan.conflicts == {SERVICE: Conflict.EDITED}
    write(tmp_path, fewer, force=True)
    assert contents(tmp_path) == fewer


def test_an_edit_that_equals_what_is_wanted_is_adopted(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    changed = BASE | {SERVICE: "kind: Service # both\n"}
    (tmp_path / SERVICE).write_text(changed[SERVICE])
    survey = write(tmp_path, changed)
    assert not survey.plan.conflicts
    assert write(tmp_path, changed).is_current


def test_missing_lock_with_identical_files_is_adopted(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / lockfile.PATH).unlink()
    assert not write(tmp_path, BASE).plan.conflicts
    assert (tmp_path / lockfile.PATH).exists()
    (tmp_path / lockfile.PATH).unlink()
    (tmp_path / SERVICE).write_text("kind: Other\n")
    assert write(tmp_path, BASE).plan.conflicts == {"charts/shop": Conflict.UNOWNED}
    write(tmp_path, BASE, force=True)
    assert contents(tmp_path) == BASE


def test_extra_files_stay_and_are_reported(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / "charts/shop/charts/a/mine.yaml").write_text("mine\n")
    assert write(tmp_path, BASE).plan.extra == ["charts/shop/charts/a/mine.yaml"]
    write(tmp_path, BASE | {SERVICE: "kind: Service # 2\n"})
    assert contents(tmp_path)["charts/shop/charts/a/mine.yaml"] == "mine\n"


@pytest.mark.parametrize(
    "place", ["charts/shop/charts/a/mine.yaml", "charts/shop/charts/notes.txt", "charts/shop/charts/b/c/x"]
)
@pytest.mark.parametrize("force", [False, True])
def test_what_helm_would_take_for_a_chart_is_refused(place: str, force: bool, tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_text("mine\n")
    before = contents(tmp_path)
    assert write(tmp_path, UMBRELLA, force=force).plan.conflicts == {place: Conflict.STRAY}
    assert contents(tmp_path) == before


@pytest.mark.parametrize("place", ["notes.txt", "charts/.DS_Store", "charts/_old/x", "charts/mine-1.0.0.tgz"])
def test_what_helm_passes_over_or_can_load_stays(place: str, tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / "charts/shop" / place).parent.mkdir(exist_ok=True)
    (tmp_path / "charts/shop" / place).write_text("mine\n")
    assert write(tmp_path, UMBRELLA).plan.extra == [f"charts/shop/{place}"]


def test_a_renamed_platform_leaves_no_folder_without_a_chart(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / "charts/shop/notes.txt").write_text("mine\n")
    renamed = {path.replace("shop", "store"): text for path, text in BASE.items()}
    assert write(tmp_path, renamed).plan.conflicts == {"charts/shop/notes.txt": Conflict.STRAY}


@pytest.mark.parametrize(
    "trouble",
    [
        "# chartgen.lock 1\n<<<<<<< ours\n{}=======\n{}>>>>>>> theirs\n",
        "# chartgen.lock 1\n{}nonsense\n",
        "# chartgen.lock 7\n{}",
    ],
)
def test_force_removes_what_the_readable_lines_of_a_bad_lock_list(trouble: str, tmp_path: Path) -> None:
    write(tmp_path, BASE)
    lock = tmp_path / lockfile.PATH
    entries = lock.read_text().split("\n", 1)[1]
    lock.write_text(trouble.format(entries, entries))
    assert write(tmp_path, UMBRELLA).plan.conflicts == {"charts/shop": Conflict.UNOWNED}
    assert contents(tmp_path) == BASE
    survey = write(tmp_path, UMBRELLA, force=True)
    assert survey.plan.remove == ["charts/shop/charts/a/Chart.yaml", SERVICE]
    assert contents(tmp_path) == UMBRELLA


@pytest.mark.parametrize("place", ["charts/shop", "charts/shop/charts/a", SERVICE])
def test_nothing_is_written_through_a_link(place: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "Chart.yaml").write_text("theirs\n")
    root = tmp_path / "root"
    (root / place).parent.mkdir(parents=True)
    write(root, BASE)
    moved = root / place
    moved.rename(tmp_path / "moved")
    moved.symlink_to(outside if place != SERVICE else outside / "Chart.yaml")
    assert write(root, BASE).plan.conflicts == {place: Conflict.EDITED if place == SERVICE else Conflict.FOREIGN}
    write(root, BASE, force=True)
    assert contents(root) == BASE
    assert not moved.is_symlink()
    assert contents(outside) == {"Chart.yaml": "theirs\n"}


def test_linked_charts_folder_is_refused_even_with_force(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / "charts").symlink_to(outside)
    assert write(root, BASE, force=True).plan.conflicts == {"charts": Conflict.BLOCKED}
    assert not list(outside.iterdir())


def test_a_folder_in_the_way_of_a_file_is_never_deleted(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / SERVICE).unlink()
    (tmp_path / SERVICE).mkdir()
    (tmp_path / SERVICE / "notes.txt").write_text("mine\n")
    assert write(tmp_path, BASE, force=True).plan.conflicts == {SERVICE: Conflict.BLOCKED}
    (tmp_path / SERVICE / "notes.txt").unlink()
    assert not write(tmp_path, BASE).plan.conflicts
    assert contents(tmp_path) == BASE


def test_after_a_failure_at_any_step_everything_is_as_before(tmp_path: Path) -> None:
    changed = {path: text + "# 2\n" for path, text in BASE.items() if path != SERVICE} | {"charts/shop/x/y": "new\n"}
    for at in range(1, 1000):
        root = tmp_path / str(at)
        root.mkdir()
        write(root, BASE)
        before = contents(root)
        count = 0

        def step(what: str) -> None:
            nonlocal count
            count += 1
            if count == at and what not in {"end", "clean up"}:  # noqa: B023  called in this turn
                raise OSError(errno.ENOSPC, "No space left on device")

        try:
            write(root, changed, step=step)
        except ToolError as error:
            assert "No space left on device" in str(error)  # noqa: PT017  the loop ends without one
            assert contents(root) == before
            assert not (root / journal.WORK).exists()
            write(root, changed)
        assert contents(root) == changed
        if count < at:
            return
    pytest.fail("it never ends")


def test_an_interrupt_puts_everything_back(tmp_path: Path) -> None:
    write(tmp_path, BASE)

    def step(what: str) -> None:
        if what.startswith("place"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, BASE | {SERVICE: "kind: New\n", "charts/shop/Chart.yaml": "new\n"}, step=step)
    assert contents(tmp_path) == BASE


class Killed(BaseException):
    pass


def interrupted(root: Path, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the repository as a kill in the middle of the renames leaves it."""
    write(root, BASE)

    def step(what: str) -> None:
        if what.startswith("place"):
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_back", lambda *_: None)
        with pytest.raises(Killed):
            write(root, files, step=step)


def test_an_edit_after_a_kill_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {path: text + "# 2\n" for path, text in BASE.items()}
    interrupted(tmp_path, changed, monkeypatch)
    (tmp_path / SERVICE).write_text("mine\n")
    with pytest.raises(RefusedError, match=r"service\.yaml"), tree.reading(str(tmp_path)):
        pass
    assert (tmp_path / SERVICE).read_text() == "mine\n"
    write(tmp_path, changed, force=True)
    assert contents(tmp_path) == changed


@pytest.mark.parametrize("path", ["../outside/x", "/etc/x", "charts/../../x", ".git/hooks/pre-commit", "charts//x"])
def test_a_journal_from_elsewhere_is_not_trusted(path: str, tmp_path: Path) -> None:
    work = tmp_path / journal.WORK
    work.mkdir(parents=True)
    (work / "journal").write_text(f"chartgen journal 1\nput\t0\t\t{path}\nend\n")
    with pytest.raises(ToolError, match="cannot be trusted"):
        journal.recover(str(tmp_path))


def test_a_journal_does_not_move_through_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_text("theirs\n")
    work = tmp_path / "root" / journal.WORK
    (work / "old").mkdir(parents=True)
    (work / "journal").write_text("chartgen journal 1\nremove\t0\t\tcharts/link/x\nend\n")
    (tmp_path / "root/charts/link").symlink_to(outside)
    with pytest.raises(ToolError, match="symbolic link"):
        journal.recover(str(tmp_path / "root"), force=True)
    assert (outside / "x").exists()


def test_missing_files_are_made_once(tmp_path: Path) -> None:
    values = {"values/dev/values.yaml": "{}\n"}
    with tree.writing(str(tmp_path)):
        tree.write(tree.survey(str(tmp_path), BASE), values)
    (tmp_path / "values/dev/values.yaml").write_text("mine: 1\n")
    with tree.writing(str(tmp_path)):
        tree.write(tree.survey(str(tmp_path), BASE), values)
    assert (tmp_path / "values/dev/values.yaml").read_text() == "mine: 1\n"


def test_lock_reads_back_and_sorts(tmp_path: Path) -> None:
    hashes = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in BASE.items()}
    text = lockfile.dump(dict(reversed(hashes.items())))
    assert text == lockfile.dump(hashes)
    lock = lockfile.parse(text.encode())
    assert lock.state is lockfile.State.GOOD
    assert dict(lock.hashes) == hashes
    assert lock.umbrellas == {"charts/shop"}
    assert dict(lockfile.parse(text.replace("\n", "\r\n").encode()).hashes) == hashes


def test_lock_merged_by_union_knows_both_sides() -> None:
    one, two = "1" * 64, "2" * 64
    lock = lockfile.parse(f"{lockfile.HEADER}{one}  shop/Chart.yaml\n{two}  shop/Chart.yaml\n".encode())
    assert lock.hashes["charts/shop/Chart.yaml"] == f"{one} {two}"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("", lockfile.State.CORRUPT),
        ("\x00\xff", lockfile.State.CORRUPT),
        ("# chartgen.lock 1\nnonsense\n", lockfile.State.CORRUPT),
        (f"# chartgen.lock 1\n{'0' * 64}  ../x/y\n", lockfile.State.CORRUPT),
        (f"# chartgen.lock 1\n{'0' * 64}  /etc/passwd\n", lockfile.State.CORRUPT),
        ("# chartgen.lock 1\n<<<<<<< HEAD\n", lockfile.State.CONFLICT),
        ("# chartgen.lock 7: later\n", lockfile.State.NEWER),
    ],
)
def test_bad_locks(text: str, state: lockfile.State) -> None:
    assert lockfile.parse(text.encode("latin-1")).state is state


def test_line_ends_alone(tmp_path: Path) -> None:
    write(tmp_path, BASE)
    (tmp_path / SERVICE).write_bytes(b"kind: Service\r\n")
    survey = write(tmp_path, BASE)
    assert survey.plan.conflicts == {SERVICE: Conflict.EDITED}
    assert tree.only_line_ends(str(tmp_path), SERVICE, survey.lock)


def test_one_at_a_time(tmp_path: Path) -> None:
    heard: list[str] = []
    again = turn.taken(str(tmp_path), shared=True, notice=heard.append, patience=0.1)
    with turn.taken(str(tmp_path)), pytest.raises(ToolError, match="another chartgen"), again:
        pass
    assert len(heard) == 1
    with tree.reading(str(tmp_path)), tree.reading(str(tmp_path)):
        pass
