"""The card of a network on the page: it counts the sentences that are easy to misjudge, in all and by kind."""

from streamlit.testing.v1 import AppTest

from rnnviz import sentiment
from rnnviz.sentiment.phrases import CASES, KINDS
from tests.serving import ROOT


def test_the_page_says_how_many_short_sentences_of_each_kind_are_right() -> None:
    at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
    at.query_params["views"] = "sentiment.view:training"
    at = at.switch_page("pages/8_Sentiment.py").run()
    assert not at.exception
    (said,) = (one.value for one in at.markdown if "By kind: " in one.value)
    predicted = sentiment.load("bilstm").predict([case.text for case in CASES])
    right = [(case.kind, bool((one > 0.5) == case.is_positive)) for case, one in zip(CASES, predicted, strict=True)]
    assert f"classifies **{sum(found for _, found in right)} of {len(CASES)}** correctly" in said
    assert "always giving the same answer would classify 20 correctly." in said
    for kind in KINDS:
        of_kind = [found for one, found in right if one == kind]
        assert f"{kind} {sum(of_kind)} of {len(of_kind)}" in said
    (table,) = (one.value for one in at.table if "kind" in one.value.columns)
    assert sorted(table["kind"]) == sorted(case.kind for case in CASES)
