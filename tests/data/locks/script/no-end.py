# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "zz-here",
#   "zz-ghost-pkg @ https://files.index.example/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3/zz_ghost_pkg-1.0.0-py3-none-any.whl",
# ]
#
# [tool.uv.sources]
# zz-here = { url = "https://files.index.example/zz_here-1.0.tar.gz" }
import zz
