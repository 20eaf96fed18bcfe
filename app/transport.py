"""Above every view: what month it is, and the buttons that move the world on."""

from __future__ import annotations

import reacton.ipyvuetify as rv
import solara

from app.parts import Action, Note, tag
from app.session import Session
from app.worlds import FAILED, FINISHED, PLAYING, RUNNING
from simulation.timeline import month_name


@solara.component
def Transport(session: Session) -> None:
    """Play, pause, step, run to the end, start anew; progress, and the month that is shown."""
    session.news.value  # noqa: B018 (drawn anew with every piece of news)
    session.choice.value  # noqa: B018
    world = session.world
    current, state = session.is_current, world.state
    ended = current and state == FINISHED

    def moved(how: str) -> None:
        session.begin()
        session.month.value = None
        getattr(world, how)()

    def anew() -> None:
        session.begin()
        session.month.value = None
        session.world.reset(session.scenario)

    with rv.Html(tag="div", class_="cw-transport", attributes={"role": "toolbar", "aria-label": "Move the world on"}):
        if world.playing:
            Action("Pause" if state == PLAYING else "Cancel", world.pause, icon="mdi-pause", primary=True,
                   hint="Stop after this month")
        else:
            verb = "Run" if world.month == 0 or not current else "Run on"
            Action(verb, lambda: moved("run_to_end"), icon="mdi-fast-forward", primary=True, disabled=ended,
                   hint="Simulate to the last month as fast as can be")
        Action("Play", lambda: moved("play"), icon="mdi-play", disabled=ended or state == PLAYING,
               hint="Simulate month by month, slowly enough to watch")
        Action("Step", lambda: moved("step"), icon="mdi-skip-next", disabled=ended or world.playing,
               hint="Simulate one month")
        Action("Start anew", anew, icon="mdi-restart", disabled=world.month == 0 and current,
               hint="Back to January 2023")
        with rv.Html(tag="div", class_="cw-progress"):
            done = f"{month_name(world.month - 1)}, {world.month} of {world.months} months"
            tag("span", done if world.month else "not begun", class_="cw-month", role="status")
            rv.ProgressLinear(
                value=100.0 * world.progress, height=6, rounded=True, striped=state == RUNNING,
                attributes={"aria-label": f"{world.month} of {world.months} months simulated"},
            )
    if not current:
        shown = "the run below is the one before" if world.month else "nothing is simulated yet"
        Note(f"The settings have changed; {shown}. Run to see what follows from them.")
    if state == FAILED and world.problem:
        Note(f"This world cannot go on: {world.problem}", kind="error")


@solara.component
def LookBack(session: Session) -> None:
    """A slider over the months so far, for the views that show one month."""
    session.news.value  # noqa: B018
    latest = session.world.month - 1
    if latest < 1:
        return
    month = session.month.value
    shown = latest if month is None else min(month, latest)
    with rv.Html(tag="div", class_="cw-lookback"):
        tag("span", f"Month shown: {month_name(shown)}", class_="cw-month")
        rv.Slider(
            v_model=shown, min=0, max=latest, step=1, dense=True, hide_details=True,
            on_v_model=lambda new: session.month.set(None if new >= latest else int(new)),
            attributes={"aria-label": "Month shown"},
        )  # fmt: skip
