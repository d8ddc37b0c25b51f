import json

import pytest

from poise.cli import main


@pytest.fixture
def file(tmp_path):
    heads = {"heatline": {"edges": [["head", "body"], ["body", "tail"]]}}
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"backbone": {"unet": {}}, "heads": heads}))
    return path


def test_the_command_prints_the_edges(file, capsys):
    assert main(["heatlines", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}\n  head – body\n  body – tail\n"


def test_faults_are_shown_as_by_poises_own_commands(file, capsys):
    file.write_text(file.read_text().replace('"tail"', "3"))

    assert main(["heatlines", str(file)]) == 1
    assert capsys.readouterr().err.startswith(f"poise: {file}: 1 fault\n")


def test_help_lists_the_command_by_its_distribution(capsys):
    assert main(["--help"]) == 0
    assert "from poise-heatline 0.1.0" in capsys.readouterr().out
