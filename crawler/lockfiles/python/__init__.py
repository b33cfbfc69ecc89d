"""Locks of uv, pip, poetry, pdm, pipenv, pex, pixi and conda, and the settings files of these tools."""
