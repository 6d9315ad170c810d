"""Studies of particle jets: `top-tagging`, `boosts`, `ant-factor`, `jet-mass`.

`configuration`, `data`, `networks` and `training` are shared; one file a study has its presets and steps, and files
of results and story beside it.
"""
