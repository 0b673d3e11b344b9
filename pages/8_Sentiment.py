"""Does this review praise?"""

from rnnviz.ui import controls, frame, review_parts, review_view

VIEWS = {
    "Word by word": review_view.WORD_BY_WORD,
    "What it read": "read",
    "Why": "why",
    "What if": "changes",
    "Traps": "traps",
    "Training": "training",
}

frame.begin("Sentiment")
with frame.row():
    review_view.network_picker()
    view = controls.choice("View", VIEWS, key="sentiment.view")
review_view.show(view)
review_parts.show(view)
review_parts.into()
frame.explain("sentiment", view)
