"""Vergleich: wer ist wie wir, und wer ist wie weit?"""

from gradmesser.ui import comparison, controls, frame, gradindex

with frame.page("vergleich"):
    controls.notices()
    choice = comparison.pick()
    if choice.section == "verteilung":
        comparison.distribution(choice)
        comparison.show_peers(choice)
    elif choice.section == "veraenderung":
        comparison.change(choice)
    elif choice.section == "kreise":
        comparison.kreise(choice)
    else:
        gradindex.show(choice.view, choice.group)
