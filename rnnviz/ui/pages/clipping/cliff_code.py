"""The code behind the cliff."""

from typing import TYPE_CHECKING

from rnnviz.cliff import Settings
from rnnviz.ui.codegen.source import Raw, literal, script, set_to

if TYPE_CHECKING:
    from rnnviz.ui.pages.clipping.request import CliffName


def descent(settings: Settings) -> str:
    """The script of the clipped descent, in torch alone."""
    clip = [f"    nn.utils.clip_grad_norm_([w, b], max_norm={literal(settings.max_norm)})"]
    return script(
        "double = torch.float64",
        f"w = torch.tensor({literal(settings.w)}, dtype=double, requires_grad=True)",
        f"b = torch.tensor({literal(settings.b)}, dtype=double, requires_grad=True)",
        f"optimizer = torch.optim.SGD([w, b], lr={literal(settings.rate)})",
        f"for step in range({settings.steps}):",
        "    x = torch.tensor(0.5, dtype=double)",
        "    for t in range(50):",
        "        x = w * torch.sigmoid(x) + b",
        "    error = (torch.sigmoid(x) - 0.7) ** 2",
        "    optimizer.zero_grad()",
        "    error.backward()",
        "    norm = torch.hypot(w.grad, b.grad)",
        '    print(f"{step:3d}  w {w:.6g}  b {b:.6g}  E {error:.4g}  norm {norm:.4g}")',
        *(clip if settings.max_norm is not None else []),
        "    optimizer.step()",
    )


def figure(name: "CliffName", settings: Settings, said: list[str], ranges: "dict[str, tuple[float, float]]") -> str:
    """The script of one of the figures below the map.

    Args:
        said: What the caption says.
        ranges: Those of ``w`` and ``b`` on the map.
    """
    both = [
        set_to("settings", "Settings", settings.w, settings.b, rate=settings.rate, max_norm=settings.max_norm,
               steps=settings.steps),
        "clipped = descend(settings)",
        "unclipped = descend(replace(settings, max_norm=None))",
    ]  # fmt: skip
    if name == "steps":
        drawn = [set_to("fig", "figures.descent_curves", Raw("unclipped"), Raw("clipped"), said=said)]
    else:
        drawn = [
            f"w, b = np.linspace{ranges['w'] + (121,)}, np.linspace{ranges['b'] + (121,)}",
            "error, _, _ = error_and_gradient(w, b[:, None])",
            set_to(
                "fig", "figures.descent_surface", Raw("w"), Raw("b"), Raw("error"), (Raw("unclipped"), Raw("clipped")),
                said=said,
            ),
        ]  # fmt: skip
    return script(*both, *drawn, "fig.show()")
