"""The order of the demo: act by act, each told with what the answers said."""

from collections.abc import Callable
from datetime import datetime

from gateway.demo.aftercare import Aftercare
from gateway.demo.play import Play
from gateway.demo.proof import tampered, verified
from gateway.demo.stage import Stage
from schemas.moments import AMSTERDAM

Say = Callable[[str], None]

_OPEN_DAY = datetime(2027, 7, 6, 10, 0, tzinfo=AMSTERDAM)
_SOME = 12


def month(stage: Stage, seed: int, *, say: Say, tamper: bool) -> None:
    """Play the month; ``tamper`` changes one row afterwards and shows that it is caught.

    Raises:
        Broken: an answer was not what the product promises.
    """
    play = Play(stage, seed, say)
    try:
        _acts(play, stage, say)
    finally:
        play.close()
    say("9. Het logboek verlaat het huis als bestanden en wordt daar zonder ons nagerekend")
    say(f"  {verified(stage)}")
    if tamper:
        say("Iemand met toegang tot het databasebestand verandert een rij")
        say(f"  {tampered(stage)}")


def open_day(stage: Stage, seed: int) -> None:
    """Leave the town on a working morning of a new month, with work waiting for everybody, and let the clock tick."""
    stage.clock.set(_OPEN_DAY)
    play = Play(stage, seed, _quiet)
    try:
        play.deliver()
        play.match()
        play.call_some(_SOME)
        Aftercare(play.clients, stage.clock, _quiet).divide()
    finally:
        play.close()
    stage.clock.let_go()


def _quiet(_text: str) -> None:
    """Say nothing."""


def _acts(play: Play, stage: Stage, say: Say) -> None:
    say("1. Vier partners leveren hun signalen aan, elk in een eigen formaat; een herhaling verandert niets")
    play.deliver()
    say("2. Een medewerker start de matchronde en beoordeelt wat twijfel geeft")
    play.match()
    say("3. De regels van het bellen gelden ook als een beller er niet aan denkt")
    say(f"  zondag 11:00: {play.out_of_hours()}")
    say(f"  de partner trekt in terwijl er gebeld wordt: {play.withdraw()}")
    say("4. Twee bellers bellen, hoogstens zeven keer per inwoner, verspreid over dagen en dagdelen")
    play.call_month()
    after = Aftercare(play.clients, stage.clock, say)
    say("5. Wie ja zei, wordt warm overgedragen aan sociaal werk")
    after.take_over()
    after.help()
    after.visit()
    say("6. Eén inwoner zoals vijf partijen hem zien; een punt is wat die partij niet ziet")
    if play.witness is not None:
        partner = play.partner_face(play.witness.number)
        for line in after.faces(partner, play.witness.face, play.witness.number):
            say(line)
    say("7. Brieven voor wie geen nummer heeft; daarna sluiten twee mensen samen de maand")
    after.letters()
    after.close()
    say("8. Acht maanden later wordt gewist wat niet langer nodig is")
    after.retain()
