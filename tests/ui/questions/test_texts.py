"""Questions about reviews, translations, characters and sequences are answered as torch's modules answer them."""

import re
from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import attention, characters, checkpoints, sentiment
from rnnviz import words as words_package
from rnnviz.attention import dates
from rnnviz.attention.decoding import END
from rnnviz.matching.search import OFTEN, THRESHOLDS
from rnnviz.models import build
from rnnviz.sentiment import BAG
from rnnviz.sequences import PROBLEMS, batching
from rnnviz.spec import CharacterSpec
from rnnviz.ui.pages.attention import questions as translations
from rnnviz.ui.pages.attention.translation import SCORES
from rnnviz.ui.pages.attention.translation import Request as Translated
from rnnviz.ui.pages.characters import neuron_payload
from rnnviz.ui.pages.characters import questions as writing
from rnnviz.ui.pages.characters.match_payload import Pattern
from rnnviz.ui.pages.characters.match_payload import Request as Matched
from rnnviz.ui.pages.sequences import questions as sequences
from rnnviz.ui.pages.sequences import word_questions
from rnnviz.ui.reviews import other_questions as texts
from rnnviz.ui.reviews import questions as reviews
from rnnviz.ui.reviews.answers import NETWORKS
from rnnviz.ui.reviews.samples import OPENING
from rnnviz.ui.shell.question import Question
from rnnviz.ui.widgets import match_questions
from tests.together import together
from tests.ui.questions.answering import answered, asked_of, right, stretch

# --- Reviews ---


def positive(name: str, words: list[str]) -> float:
    """P(positive) by the network's own forward pass, or by the weights of the bag."""
    model = sentiment.load(name)
    ids = torch.tensor([[model.vocabulary.numbers.get(word.lower(), 0) for word in words]])
    if name == BAG:
        return float(model.predict([" ".join(words)])[0])
    with torch.no_grad():
        logit = model.network(ids, torch.tensor([ids.shape[1]]))  # type: ignore[operator]
    return float(torch.sigmoid(logit.double() / model.temperature))


def logit(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))


@pytest.mark.parametrize("name", NETWORKS.values())
@pytest.mark.parametrize("text", [OPENING, "it was terrible , not good at all , but it was great fun", "Great!"])
def test_what_other_words_say(name: str, text: str) -> None:
    words = list(sentiment.load(name).read(text).tokens)
    before = positive(name, words)
    (question,) = reviews.ask("changes", name, text)
    assert "twice in a row" in question.text
    assert right(question) in ((stretch(positive(name, words * 2) - before, texts.MOVES, question),), ())
    for question in asked_of(reviews.ask("why", name, text), "Put “not” before"):
        t = int(question.text.partition("(t = ")[2].partition(")")[0])
        after = positive(name, [*words[:t], "not", *words[t:]])
        assert right(question) in ((stretch(after, (0.5,), question),), ())
        assert answered(question).said == f"P(positive) goes from {before:.3f} to {after:.3f}."
    if len(words) < 3:
        return
    (question,) = asked_of(reviews.ask("traps", name, text), "from the last to the first")
    assert right(question) in ((stretch(abs(positive(name, words[::-1]) - before), texts.TURNS, question),), ())
    for question in asked_of(reviews.ask("words", name, text), "Leave out one of these words"):
        moved = {}
        for option in question.options:
            t = int(option.partition(" · ")[0].removeprefix("t = "))
            assert option.endswith(words[t])
            moved[option] = abs(logit(positive(name, [*words[:t], *words[t + 1 :]])) - logit(before))
        assert right(question) in ((max(moved, key=moved.__getitem__),), ())


def test_a_long_review_is_asked_about_as_a_whole() -> None:
    name = NETWORKS[next(iter(NETWORKS))]
    words = (
        "this film was a wonderful story . " * 30 + "but in the end it was terrible and a waste of time . " * 12
    ).split()
    assert reviews.ask("words", name, " ".join(words)) == ""
    before = positive(name, words)
    assert before != pytest.approx(positive(name, words[:200]), abs=0.05), "the end counts"
    for view, part in {"changes": "twice in a row", "traps": "from the last to the first"}.items():
        (question,) = asked_of(reviews.ask(view, name, " ".join(words)), part)
        assert answered(question).said.startswith(f"P(positive) goes from {before:.3f} to ")


@pytest.mark.parametrize("text", ["", " \n", "zyxw qvkj"])
def test_of_nothing_known_nothing_is_asked(text: str) -> None:
    assert reviews.ask("words", "bilstm", text) == ""
    assert translations.ask_review(text) == ""


@pytest.mark.parametrize("text", ["terrible", "good film good", "Bad was BAD"])
def test_what_is_the_same_from_either_end_is_not_turned(text: str) -> None:
    told = [reviews.ask("traps", "bilstm", text), texts.ask_order((text, text))]
    told.append(sequences.ask(PROBLEMS["review"], text))
    assert not any("last" in question.text for asked in told for question in asked if isinstance(question, Question))
    assert told[1:] == ["", ""]
    assert asked_of(texts.ask_order((text, "a good film")), "the second text")


@pytest.mark.parametrize("name", NETWORKS.values())
def test_which_word_another_network_does_not_know(name: str) -> None:
    other = "lecture-lstm" if name == "bilstm" else "bilstm"
    vocabulary = sentiment.load(other).vocabulary.tokens
    asked = reviews.ask("read", name, OPENING)
    for question in asked_of(asked, "embedding"):
        word, model = question.about[2], sentiment.load(name)  # type: ignore[index]
        rows = model.network.embedding.weight  # type: ignore[union-attr]
        of = {one: rows[model.vocabulary.numbers[one]] for one in (word, *question.options)}
        cosines = {one: float(torch.cosine_similarity(of[word], of[one], 0)) for one in question.options}
        assert right(question) in ((max(cosines, key=cosines.__getitem__),), ())
    assert any(right(question) for question in asked_of(asked, "embedding"))
    found = [question for question in asked if "is not in it" in question.text]  # type: ignore[union-attr]
    assert bool(found) == (name == "bilstm")  # the larger vocabulary has all words of this text
    for question in found:
        assert right(question) == tuple(one for one in question.options if one not in vocabulary)
        assert len(right(question)) == 1


@pytest.mark.parametrize("name", NETWORKS.values())
def test_what_a_training_comes_to(name: str) -> None:
    few, many = asked_of(reviews.ask("training", name, ""), "new synthetic reviews")
    assert "200 synthetic reviews, for 20 epochs with the rate 0.01, and then classifies all" in few.text
    assert right(few) == (few.options[1],)
    assert right(many) == (many.options[2],)
    assert "by heart" in answered(few).why


def test_no_two_views_ask_the_same() -> None:
    """And "why", which shows what leaving a word out does, does not ask for it."""
    asked = [reviews.ask(view, "bilstm", OPENING) for view in ("words", "read", "why", "changes", "traps", "training")]
    texts = [{question.text for question in some if isinstance(question, Question)} for some in asked]
    assert all(texts)
    assert len(set.union(*texts)) == sum(map(len, texts))
    assert not any("Leave out one" in text for text in texts[2])


def test_what_is_left_without_the_word_of_most_attention() -> None:
    model = sentiment.load("bilstm")
    words, weights = list(model.read(OPENING).tokens), model.attention(OPENING)
    for t in (int(weights.argmax()),):
        (question,) = asked_of(translations.ask_review(OPENING), "the most attention")
        moved = positive("bilstm", [*words[:t], *words[t + 1 :]]) - positive("bilstm", words)
        assert right(question) in ((stretch(abs(moved), translations.MOVES, question),), ())
        assert f"“{words[t]}”" in answered(question).said


def test_two_orders_backwards() -> None:
    pair = ("i expected it to be great but it was terrible", "i expected it to be terrible but it was great")
    for question in asked_of(texts.ask_order(pair), "from its last word to its first"):
        _, _, name, text = question.about  # type: ignore[misc]
        words = text.split()
        moved = positive(name, words[::-1]) - positive(name, words)
        assert right(question) in ((stretch(abs(moved), texts.TURNS, question),), ())
        if name == BAG:
            assert moved == 0


# --- Numbers and places of words ---


@pytest.mark.parametrize("network", ["", "lecture-lstm", "bilstm"])
@pytest.mark.parametrize("lines", [1, 3])
def test_one_more_sentence(network: str, lines: int) -> None:
    sentences = batching.sentences_of("The film was good.\nThe plot was not good at all!\nWhat a surprise")[:lines]
    known = batching.own_vocabulary(sentences, 10) if not network else sentiment.load(network).vocabulary
    batch = batching.batch_of(sentences, known)
    rows = [torch.zeros(int(length)) for length in batch.lengths]
    longest = max(len(row) for row in rows) + 3
    x = nn.utils.rnn.pad_sequence([*rows, torch.zeros(longest)], batch_first=True)
    asked = texts.ask_numbers(batch, network)
    (question,) = asked_of(asked, "entries of the array")
    assert right(question) in ((str(x.numel() - sum(map(len, rows)) - longest),), ())
    rnn = {"": nn.LSTM(64, 64, batch_first=True)}.get(network) or sentiment.load(network).network.rnn  # type: ignore[union-attr]
    output = rnn(torch.zeros(*x.shape, rnn.input_size))[0]
    (question,) = asked_of(asked, "shape of output")
    assert right(question) in ((str(tuple(output.shape)),), ())


@pytest.mark.parametrize("shown", ["terrible", "zebra"])
def test_which_word_is_nearest(shown: str) -> None:
    model = sentiment.load("bilstm")
    embedding = model.network.embedding.weight  # type: ignore[union-attr]

    def at(word: str) -> Any:
        return embedding[model.vocabulary.numbers[word]]

    for question in asked_of(texts.ask_embeddings(shown), "embedding most similar"):
        word = question.text.partition("“")[2].partition("”")[0]
        assert word != shown
        assert word not in question.options
        cosines = {one: float(torch.cosine_similarity(at(word), at(one), 0)) for one in question.options}
        assert right(question) in ((max(cosines, key=cosines.__getitem__),), ())


# --- The five kinds ---


def lesson(name: str) -> tuple[Any, Any, checkpoints.Checkpoint]:
    known = checkpoints.load(name)
    return build(known.model), torch.from_numpy(known.weights["embedding.weight"].copy()), known


def test_parity_with_another_bit() -> None:
    network, embedding, known = lesson("parity-gru")
    bits = ["1", "0", "1", "1", "0", "0", "1"]
    for question in asked_of(sequences.ask(PROBLEMS["parity"], " ".join(bits)), "after the last"):
        changed = list(bits)
        if "twice" in question.text:
            changed = bits * 2
        else:
            t = int(question.text.partition("t = ")[2].partition(" ")[0])
            changed[t] = "10"[int(bits[t])]
            assert f"is {changed[t]}, not {bits[t]}" in question.text
        ids = torch.tensor([known.vocabulary.index(bit) for bit in changed])
        with torch.no_grad():
            said = int(network(embedding[ids][None])[0, -1].argmax())
        assert right(question) in ((("even", "odd")[said],), ())
        assert f"there are {changed.count('1')} ones" in answered(question).why


@pytest.mark.parametrize(
    "sentence", ["they watch the watch", "we book a room and read the book", "the zorp often sleeps"]
)
def test_what_a_word_alone_is_taken_for(sentence: str) -> None:
    network, embedding, known = lesson("word-classes-gru")
    for question in asked_of(sequences.ask(PROBLEMS["word-classes"], sentence), "alone"):
        word = question.text.partition("“")[2].partition("”")[0]
        number = known.vocabulary.index(word) if word in known.vocabulary else 0
        with torch.no_grad():
            said = int(network(embedding[number][None, None])[0, 0].argmax())
        assert right(question) in ((known.card["answers"][said],), ())


def test_how_many_outputs_a_count_has() -> None:
    network, embedding, known = lesson("counting-gru")
    for question in asked_of(sequences.ask(PROBLEMS["counting"], "5"), "stop by itself"):
        given = int(question.text.split()[1].strip(","))
        assert given != 5
        count, token, state, number = 0, "", None, known.vocabulary.index(str(given))
        with torch.no_grad():
            while not token or token.isdigit():
                output, state = network.rnn(embedding[number][None, None], state)
                token = known.card["answers"][int(network.head(output)[0, 0].argmax())]
                count += 1
                number = known.vocabulary.index(token) if token.isdigit() else number
        assert right(question) == (str(count),)


def test_one_step_makes_no_use_of_the_recurrent_weights() -> None:
    network, embedding, known = lesson("digit-word-rnn")
    (question,) = asked_of(sequences.ask(PROBLEMS["digit-word"], "7"), "one step")
    parts = {"The embedding": [embedding], "W_ih": [network.rnn.weight_ih_l0], "W_hh": [network.rnn.weight_hh_l0]}
    parts["Those of the output layer"] = [network.head.weight]
    assert set(parts) == set(question.options)

    def output() -> torch.Tensor:
        with torch.no_grad():
            found: torch.Tensor = network(embedding[known.vocabulary.index("7")][None, None])
            return found

    before, idle = output(), []
    for name, (weight,) in parts.items():
        own = weight.detach().clone()
        weight.data.mul_(3)
        idle += [name] if torch.equal(output(), before) else []
        weight.data.copy_(own)
    assert right(question) == tuple(idle)
    assert f"{float(torch.softmax(before[0, 0].double(), 0).max()):.4g}" in answered(question).said


# --- Translations ---


def greedy(name: str, source: str) -> tuple[str, list[Any]]:
    """What a network says, the likeliest token at each step, and its weights a step."""
    model = attention.load(name)
    network, said = model.network, model.task.said
    output, weights, before = "", [], network.spec.said
    with torch.no_grad():
        encoded, state = network.encode(torch.from_numpy(model.task.encode([source])))
        for _ in range(60):
            queries, state = network.follow(torch.tensor([[before]]), state)
            context = None
            if network.spec.score != "none":
                weights.append(torch.softmax(network.scores(queries, encoded), -1)[0, 0])
                context = weights[-1][None, None] @ encoded
            before = int(network.head(network.combined(queries, context)).argmax())
            if said[before] == END:
                break
            output += said[before]
    return output, weights


def share_right(question: Question, output: str, wanted: str) -> str:
    return question.options[int(output != wanted)]


@together("score", SCORES.values())
@together(
    "task, source",
    [("reverse", "31415926"), ("reverse", "7"), ("reverse", "9" * 40), ("dates", "Thursday, 5 March 1998")],
)
def test_what_networks_say_of_other_sources(task: Any, score: Any, source: str) -> None:
    asked = translations.ask(Translated(task, score, source))
    for question in asked_of(asked, "Is the whole output"):
        _, _, other, text = question.about  # type: ignore[misc]
        wanted = text[::-1] if task == "reverse" else dates.read(text).date.isoformat()  # type: ignore[union-attr]
        assert right(question) in ((share_right(question, greedy(f"{task}-{other}", text)[0], wanted),), ())
    assert {question.about[2] for question in asked_of(asked, "Give this input")} == (  # type: ignore[index]
        {"additive", "dot"} if score == "none" else {"none"}
    )


@pytest.mark.parametrize("score", ["additive", "dot"])
def test_how_narrowly_a_network_looks(score: Any) -> None:
    for task, source, step in (("reverse", "31415926", 2), ("dates", "5 March 1998", 5)):
        for question in asked_of(translations.ask(Translated(task, score, source)), "its largest weight"):
            text = question.about[2]  # type: ignore[index]
            weights = greedy(f"{task}-{score}", text)[1]
            assert right(question) in ((stretch(float(weights[step].max()), translations.LOOKS, question),), ())
            assert text == "3141592631415926" or dates.read(text) is not None


def test_a_date_that_nobody_can_read_has_no_right_answer() -> None:
    asked = translations.ask(Translated("dates", "additive", "31 February 1998"))
    (question,) = asked_of(asked, "Give this input")
    assert not answered(question).right


@pytest.mark.parametrize("task", ["reverse", "dates"])
def test_single_sources_beside_shares(task: Any) -> None:
    asked = asked_of(translations.ask_length(task), "Is the whole")
    assert {question.about[2] for question in asked} == {"none", "dot", "additive"}  # type: ignore[index]
    assert any(answered(question).right for question in asked)


# --- Characters ---

NETWORK: Final = pytest.mark.parametrize("network", ["python-lstm", "python-rnn", "shakespeare-gru"])


def expected(network: str, text: str) -> Any:
    """The logits after a text, by torch's modules."""
    model = characters.load(network)
    ids = [model.alphabet.symbols.index(symbol) for symbol in text]
    x = nn.functional.one_hot(torch.tensor(ids), len(model.alphabet.symbols)).float()
    with torch.no_grad():
        return model.network.head(model.network.rnn(x)[0][-1])  # type: ignore[misc]


@NETWORK
def test_what_is_likeliest_next(network: str) -> None:
    symbols = characters.load(network).alphabet.symbols
    for question in asked_of(writing.ask_writing(network, "if x:"), "most likely next"):
        begun = question.about[3]  # type: ignore[index]
        logits = expected(network, f"if x:\n{begun}")
        named = {option.strip("“”").replace("␣", " "): option for option in question.options}
        best = max(named, key=lambda symbol: float(logits[symbols.index(symbol)]))
        assert right(question) in ((named[best],), ())


@NETWORK
def test_where_a_network_is_less_sure(network: str) -> None:
    for question in asked_of(writing.ask_writing(network, "if x:"), "less sure"):
        pair = question.about[3]  # type: ignore[index]
        bits = [
            float(torch.distributions.Categorical(logits=expected(network, f"if x:\n{one}")).entropy()) for one in pair
        ]
        assert right(question) in ((question.options[int(np.argmax(bits))],), ())


@NETWORK
def test_what_heat_leaves_of_the_likeliest(network: str) -> None:
    for question in asked_of(writing.ask_temperature(network, "a"), "At T = 2"):
        begun = question.about[3]  # type: ignore[index]
        hot = float(torch.softmax(expected(network, f"a\n{begun}") / 2, -1).max())
        assert right(question) in ((stretch(hot, writing.SHARES, question),), ())


def test_how_closely_units_of_another_network_follow_a_property() -> None:
    labels = {label: name for name, label in writing._labels("python-lstm").items()}
    rights = set()
    for question in asked_of(writing.ask_units("python-lstm"), "the largest correlation of h"):
        _, _, other, name = question.about  # type: ignore[misc]
        assert other in ("python-rnn", "python-gru")
        assert labels[question.text.rpartition("“")[2].partition("”")[0]] == name
        measured = neuron_payload.tracking(other)
        assert measured is not None
        r = float(np.nanmax(np.abs(measured.tracking.r["h"][measured.tracking.names.index(name)])))
        assert right(question) in ((stretch(r, writing.CORRELATED, question),), ())
        rights |= set(right(question))
    assert len(rights) > 1


def test_when_an_ending_is_learned() -> None:
    symbols = characters.load(characters.SNAPSHOTS[0]).alphabet.symbols
    firsts = set()
    for question in asked_of(writing.ask_learning(), "rise most"):
        begun = question.about[2]  # type: ignore[index]
        end = dict(writing.ENDINGS)[begun]
        chances = [
            float(torch.softmax(expected(name, f"\n{begun}"), -1)[symbols.index(end)]) for name in characters.SNAPSHOTS
        ]
        most = int(np.diff(chances).argmax())
        assert right(question) in ((question.options[most],), ())
        firsts |= {most} if right(question) else set()
    assert len(firsts) > 1


@NETWORK
def test_how_many_units_of_a_phrase_stay_on(network: str) -> None:
    text, pattern = "    def __init__(self, name):\n        self.name = name\n", Pattern(4, 8)
    asked = writing.ask_match(Matched(network, text, "h"), pattern)
    trace = characters.load(network).trace(text).panel("h")
    on = trace >= THRESHOLDS["h"][0]
    always = on.mean(0) > OFTEN
    before = on[4:8].all(0) & ~always
    assert before.any()
    for question in asked_of(asked, "also on at the next"):
        more = question.about[2]  # type: ignore[index]
        left = (on[4 : 8 + more].all(0) & ~always).sum()
        assert answered(question).said.startswith(f"{left} of {before.sum()}.")
        if before.sum() == 1:
            assert question.text.startswith("One unit is on throughout the phrase")
            assert right(question) == (("No", "Yes")[left],)
            continue
        assert question.text.startswith(f"{before.sum()} units are on throughout the phrase")
        assert right(question) in ((stretch(left / before.sum(), match_questions.PARTS, question),), ())


def test_what_a_training_on_a_text_begins_with_and_how_its_rate_falls() -> None:
    rates = {updates: writing._rate_left(updates) for updates in (0, 2_000, 3_000)}
    assert rates == {0: 1.0, 2_000: pytest.approx(3**-0.5), 3_000: 0.5}
    spec = CharacterSpec("0" * 64, updates=2_000)
    last, halved, before = asked_of(writing.ask_training(spec, 60), "")
    assert right(last) == ("A half to three quarters",)
    assert right(halved) == ("3,000",)
    assert right(before) == ("4 to 8",)
    assert [question.id for question in asked_of(writing.ask_training(None, 0), "")] == [halved.id]


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=lambda one: one.name)
def test_every_sample_has_questions_that_can_be_answered(problem: Any) -> None:
    for sample in problem.samples:
        for question in sequences.ask(problem, sample):
            assert isinstance(question, Question)
            assert len(set(question.options)) == len(question.options)
            answered(question)


def test_why_attention_fails_beyond_what_it_has_learned_from() -> None:
    asked = translations._right("reverse", "additive", "314159265358979323846264338327950288", "Suppose")
    answer = asked.answer()
    assert answer.right != (0,)
    assert "at most 30 digits" in answer.why


def test_what_a_masked_word_loses_with_the_word_beside_it() -> None:
    model = words_package.load()
    sentence = "It was so boring that I almost fell asleep."
    before = model.guesses(sentence)
    asked = word_questions.ask_masked(sentence)
    assert asked
    for question in asked:
        assert isinstance(question, Question)
        t, near = (int(found) for found in re.findall(r"at t = (\d+) of", question.text))
        ids = before.ids.copy()
        ids[near] = 0
        with torch.no_grad():
            after = model.network(torch.from_numpy(ids)[None])[2, 0, t, before.ids[t]].exp()
        change = float(after) / float(before.correct()[2, t])
        assert right(question) in ((stretch(change, word_questions.CHANGES, question),), ())
    assert any(right(question) for question in asked)
