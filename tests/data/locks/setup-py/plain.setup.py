"""The setup of a project; zz-doc==1.0 is only spoken of."""
from setuptools import setup

GHOST = "https://files.index.example/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3/zz_ghost_pkg-1.0.0-py3-none-any.whl"

# install_requires=["zz-comment==1.0"]
setup(
    name="zz-project",
    version="1.0.0",
    python_requires=">=3.8",
    install_requires=[
        "zz-range>=1",
        'zz-exact==1.2.0; python_version < "3.12"',
        "zz-ghost-pkg @ "
        "https://files.index.example/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3/zz_ghost_pkg-1.0.0-py3-none-any.whl",
    ],
    extras_require={"test": ["zz-test[all]==4.0.0"]},
    dependency_links=["https://files.index.example/zz_link-1.0.tar.gz#egg=zz-link-1.0"],
)
