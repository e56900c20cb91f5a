"""What was read from files is remembered by their content, and read again once the file or the reading code changed."""

from helpers.files import Remembered


def counting(calls):
    return lambda file: calls.append(file.name) or len(file.read_text())


def test_an_unchanged_file_is_not_read_again(tmp_path):
    code, text, calls = tmp_path / "code.py", tmp_path / "a.txt", []
    code.write_text("1")
    (more := code.with_name("more.py")).write_text("1")
    text.write_text("three")
    for _ in range(2):
        kept = Remembered(tmp_path / "kept.json", code, code.with_name("more.py"))
        assert kept.of(text, counting(calls)) == 5
        kept.save()
    assert calls == ["a.txt"]
    text.write_text("seven!!")
    assert Remembered(tmp_path / "kept.json", code, code.with_name("more.py")).of(text, counting(calls)) == 7
    code.write_text("2")
    text.write_text("three")
    Remembered(tmp_path / "kept.json", code, code.with_name("more.py")).of(text, counting(calls))
    assert calls == ["a.txt"] * 3
    more.write_text("2")
    code.write_text("1")
    Remembered(tmp_path / "kept.json", code, more).of(text, counting(calls))
    assert calls == ["a.txt"] * 4, "code in a second file changed, too"


def test_an_edited_memory_is_no_memory(tmp_path):
    code, text, memory, calls = tmp_path / "code.py", tmp_path / "a.txt", tmp_path / "kept.json", []
    code.write_text("1")
    code.with_name("more.py").write_text("1")
    text.write_text("three")
    kept = Remembered(memory, code, code.with_name("more.py"))
    kept.of(text, counting(calls))
    kept.save()
    memory.write_text(memory.read_text().replace(": 5", ": 6"))
    assert (
        Remembered(memory, code, code.with_name("more.py")).of(text, counting(calls)) == 5 and len(calls) == 2
    )


def test_a_memory_that_cannot_be_written_stops_nothing(tmp_path):
    code = tmp_path / "code.py"
    code.write_text("1")
    kept = Remembered(code / "kept.json", code)
    assert kept.of(code, counting([])) == 1
    kept.save()
