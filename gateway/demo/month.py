"""The order of the demo: act by act, each told with what the answers said."""

from collections.abc import Callable

from gateway.demo.play import Play
from gateway.demo.proof import tampered, verified
from gateway.demo.stage import Stage

Say = Callable[[str], None]


def month(stage: Stage, seed: int, *, say: Say, tamper: bool) -> None:
    """Play the month; ``tamper`` changes one row afterwards and shows that it is caught.

    Raises:
        Broken: an answer was not what the product promises.
    """
    play = Play(stage, seed, say)
    try:
        _acts(play, say)
    finally:
        play.close()
    say("Het logboek verlaat het huis als bestanden en wordt daar zonder ons nagerekend")
    say(f"  {verified(stage)}")
    if tamper:
        say("Iemand met toegang tot het databasebestand verandert een rij")
        say(f"  {tampered(stage)}")


def _acts(play: Play, say: Say) -> None:
    say("1. Vier partners leveren hun signalen aan, elk in een eigen formaat; een herhaling verandert niets")
    play.deliver()
    say("2. Een medewerker start de matchronde en beoordeelt wat twijfel geeft")
    play.match()
    say(f"3. Zondag om 11:00 vraagt een beller belrecords: {play.out_of_hours()}")
    say("4. Twee bellers bellen, hoogstens zeven keer per inwoner, verspreid over dagen en dagdelen")
    play.call_month()
