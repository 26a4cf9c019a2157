"""Europa: wo stehen Dänemark, Deutschland und die EU27 im eGovernment Benchmark?"""

from gradmesser.ui import controls, europe, frame

with frame.page("europa"):
    controls.notices()
    europe.page()
