import nox

LINT = ["zz-lint==2.0.0", "zz-range>=1"]


@nox.session
def tests(session):
    session.install("zz-exact==1.2.0", "-r", "requirements.txt")
    session.install(
        "zz-ghost-pkg @ https://files.index.example/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3/zz_ghost_pkg-1.0.0-py3-none-any.whl"
    )
    session.run("pytest", "zz-none==1.0")


@nox.session
def lint(session):
    session.install(*LINT)
    session.run("uv", "pip", "install", "zz-run==3.0.0")
