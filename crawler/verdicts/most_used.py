"""Projects that so many locks pin that no record may accuse them by their name alone.

Made on 2026-11-22 from the locks of well-known public repositories, read with the parsers of
`crawler.lockfiles`: every project that at least 5 of 433 distinct Python locks, or 10 of 345 distinct
npm locks, take from a registry; then by hand the evident giants that such locks happen to lack, the
projects that were hijacked and came back (they have records, some of them without versions), and none
of the names that only test data uses. To renew it, count a newer set of locks in the same way, and look
at each new name that a record of every version speaks of. An installation adds its own
(`judge(..., protected=...)`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crawler.model import Ecosystem, ProjectKey, normalize_name

__all__ = ["MOST_USED", "protected_by"]

_PYPI = """
absl-py accessible-pygments aiofile aiofiles aiohappyeyeballs aiohttp aiosignal alabaster altair
annotated-doc annotated-types ansible anthropic anyio apache-airflow appdirs appnope argcomplete
arrow asgiref astroid asttokens async-timeout asyncpg atomicwrites attrs authlib awscli azure-core
azure-identity babel backports-asyncio-runner backports-tarfile bandit beartype beautifulsoup4
black bleach blinker boto3 botocore brotli build cachecontrol cachetools caio cattrs celery certifi
cffi cfgv chardet charset-normalizer cleo click cloudpickle colorama comm commitizen contourpy
coverage crashtest cryptography cycler cyclopts cython dask debugpy decli decorator defusedxml
deprecated dill distlib distro django djangorestframework dnspython docker docstring-parser
docutils dulwich elementary-data email-validator et-xmlfile exceptiongroup execnet executing
fastapi fastjsonschema fastmcp fastmcp-slim filelock findpython flake8 flask flask-sqlalchemy
fonttools fqdn frozenlist fsspec furo gitdb gitpython google-api-core google-api-python-client
google-auth google-auth-httplib2 google-cloud-appengine-logging google-cloud-audit-log
google-cloud-core google-cloud-datastore google-cloud-logging google-cloud-ndb google-cloud-pubsub
google-cloud-storage google-crc32c google-genai google-resumable-media googleapis-common-protos
greenlet griffelib grpc-google-iam-v1 grpcio grpcio-status guardrails-ai gunicorn h11 h2 hf-xet
hpack httpcore httplib2 httptools httpx httpx-sse huggingface-hub humanize hyperframe hypothesis id
identify idna imagesize importlib-metadata importlib-resources iniconfig installer ipykernel
ipython ipython-pygments-lexers isodate isoduration isort itsdangerous jaraco-classes
jaraco-context jaraco-functools jedi jeepney jinja2 jiter jmespath joblib joserfc jsonpatch
jsonpointer jsonref jsonschema jsonschema-path jsonschema-specifications jupyter jupyter-client
jupyter-core keras keyring kiwisolver langchain langchain-core langgraph lark lazy-object-proxy
librt lightning litellm loguru lxml markdown markdown-it-py markdownify markupsafe marshmallow
matplotlib matplotlib-inline mccabe mcp mdit-py-plugins mdurl mistralai mistune more-itertools moto
mpmath msgpack multidict mypy mypy-extensions myst-parser narwhals nbclient nbconvert nbformat
nest-asyncio networkx nh3 nltk nodeenv notebook num2words numpy oauthlib olefile openai
openapi-pydantic opencv-python openpyxl opentelemetry-api opentelemetry-exporter-otlp-proto-common
opentelemetry-exporter-otlp-proto-http opentelemetry-instrumentation opentelemetry-proto
opentelemetry-sdk opentelemetry-semantic-conventions orjson packageurl-python packaging
packaging-legacy pandas pandocfilters paramiko parso pathable pathspec pbs-installer pexpect pillow
pip pkginfo platformdirs playwright pluggy poetry pre-commit prometheus-client prompt-toolkit
propcache proto-plus protobuf psutil psycopg psycopg2 psycopg2-binary ptyprocess pure-eval py
py-key-value-aio pyarrow pyasn1 pyasn1-modules pycodestyle pycparser pydantic pydantic-core
pydantic-settings pydeck pyee pyflakes pygit2 pygithub pygments pygtrie pyjwt pylint pylint-print
pymemcache pymongo pynacl pyopenssl pyparsing pyperclip pyproject-hooks pyright pytest
pytest-asyncio pytest-cov pytest-mock pytest-xdist python-dateutil python-discovery python-docx
python-dotenv python-json-logger python-magic python-multipart pytz pywin32 pywin32-ctypes pyyaml
pyzmq questionary rapidfuzz readme-renderer redis referencing regex reportlab requests
requests-oauthlib requests-toolbelt responses rfc3339-validator rfc3986 rfc3986-validator rich
rich-rst roman-numerals rpds-py rsa ruamel-yaml ruamel-yaml-clib ruff s3cmd s3fs s3transfer
scikit-learn scipy scrapy seaborn secretstorage selenium semantic-version semver
sentence-transformers sentry-sdk setuptools shellingham six smmap sniffio snowballstemmer
sortedcontainers soupsieve sphinx sphinx-basic-ng sphinx-copybutton sphinx-rtd-theme
sphinxcontrib-applehelp sphinxcontrib-devhelp sphinxcontrib-htmlhelp sphinxcontrib-jquery
sphinxcontrib-jsmath sphinxcontrib-qthelp sphinxcontrib-serializinghtml sqlalchemy sqlparse
sse-starlette stack-data starlette stevedore streamlit sympy tabulate telnyx tenacity tensorflow
termcolor threadpoolctl tiktoken tinycss2 tokenizers toml tomli tomlkit torch torchvision tornado
tox tqdm traitlets transformers twine typer types-pyyaml types-requests types-toml
typing-extensions typing-inspection tzdata tzlocal ultralytics uncalled-for uri-template
uritemplate urllib3 uuid-utils uv uvicorn uvloop virtualenv watchdog watchfiles wcwidth webcolors
webencodings websocket-client websockets werkzeug wheel whitenoise win32-setctime wrapt xgboost
xmltodict xxhash yamllint yapf yarl zipp zstandard
"""

_NPM = """
@angular/core @aws-sdk/client-s3 @babel/code-frame @babel/compat-data @babel/core @babel/generator
@babel/helper-annotate-as-pure @babel/helper-compilation-targets @babel/helper-function-name
@babel/helper-member-expression-to-functions @babel/helper-module-imports
@babel/helper-module-transforms @babel/helper-optimise-call-expression @babel/helper-plugin-utils
@babel/helper-replace-supers @babel/helper-split-export-declaration @babel/helper-string-parser
@babel/helper-validator-identifier @babel/helper-validator-option @babel/helpers @babel/highlight
@babel/parser @babel/plugin-transform-destructuring @babel/plugin-transform-object-super
@babel/runtime @babel/template @babel/traverse @babel/types @esbuild/android-arm
@esbuild/android-arm64 @esbuild/android-x64 @esbuild/darwin-arm64 @esbuild/darwin-x64
@esbuild/freebsd-arm64 @esbuild/freebsd-x64 @esbuild/linux-arm @esbuild/linux-arm64
@esbuild/linux-ia32 @esbuild/linux-loong64 @esbuild/linux-mips64el @esbuild/linux-ppc64
@esbuild/linux-riscv64 @esbuild/linux-s390x @esbuild/linux-x64 @esbuild/netbsd-x64
@esbuild/openbsd-x64 @esbuild/sunos-x64 @esbuild/win32-arm64 @esbuild/win32-ia32 @esbuild/win32-x64
@eslint-community/eslint-utils @eslint-community/regexpp @eslint/eslintrc @isaacs/cliui
@isaacs/fs-minipass @jridgewell/gen-mapping @jridgewell/resolve-uri @jridgewell/sourcemap-codec
@jridgewell/trace-mapping @nestjs/core @nodelib/fs.scandir @nodelib/fs.stat @nodelib/fs.walk
@npmcli/fs @playwright/test @supabase/supabase-js @types/chai @types/estree @types/json-schema
@types/node @types/prop-types @types/react @typescript-eslint/eslint-plugin
@typescript-eslint/parser @typescript-eslint/scope-manager @typescript-eslint/types
@typescript-eslint/typescript-estree @typescript-eslint/visitor-keys abab abbrev accepts acorn
acorn-jsx acorn-walk agent-base ajv ajv-keywords angular ansi-colors ansi-escapes ansi-regex
ansi-styles anymatch aproba are-we-there-yet argparse aria-query arr-diff arr-flatten array-flatten
array-includes array-union array-uniq array-unique arrify asn1 assert-plus astro async async-each
asynckit autoprefixer aws-sign2 aws4 axios babel-runtime balanced-match base64-js bcrypt-pbkdf
big.js binary-extensions bl bluebird body-parser boolbase bootstrap brace-expansion braces
browserslist buffer buffer-from builtin-modules bytes cacache call-bind call-bind-apply-helpers
call-bound caller-path callsites camelcase caniuse-lite caseless chai chalk chokidar chownr ci-info
clean-css cli-cursor cli-width cliui clone co code-point-at color-convert color-name
combined-stream commander commondir concat-map concat-stream console-control-strings
content-disposition content-type convert-source-map cookie cookie-signature core-js core-util-is
cors cosmiconfig cross-env cross-spawn css-select css-what cssesc cssstyle csstype d d3 dashdash
data-urls date-fns dayjs debug decamelize deep-extend deep-is define-data-property
define-properties del delayed-stream delegates depd destroy detect-indent detect-libc diff dir-glob
doctrine dom-serializer domelementtype domhandler domutils dotenv dunder-proto eastasianwidth
ecc-jsbn ee-first ejs electron electron-to-chromium emoji-regex emojis-list encodeurl encoding
end-of-stream enhanced-resolve entities env-paths err-code error-ex es-abstract es-define-property
es-errors es-module-lexer es-object-atoms es-to-primitive es5-ext es6-iterator es6-symbol esbuild
escalade escape-html escape-string-regexp escodegen eslint eslint-plugin-react eslint-scope
eslint-visitor-keys espree esprima esquery esrecurse estraverse estree-walker esutils etag ethers
eventemitter3 events execa expand-brackets exponential-backoff express extend extend-shallow
extglob extsprintf fast-deep-equal fast-glob fast-json-stable-stringify fast-levenshtein fastq fdir
figures file-entry-cache fill-range finalhandler find-cache-dir find-up flat-cache flatted for-in
for-own foreground-child forever-agent form-data forwarded fresh fs-extra fs-minipass fs.realpath
fsevents function-bind functional-red-black-tree gauge gensync get-caller-file get-intrinsic
get-proto get-stream getpass glob glob-parent globals globby gopd got graceful-fs graphql
har-schema har-validator has has-ansi has-bigints has-flag has-property-descriptors has-symbols
has-tostringtag has-unicode hasown he helmet hosted-git-info html-encoding-sniffer html-escaper
htmlparser2 http-cache-semantics http-errors http-proxy-agent http-signature https-proxy-agent
human-signals husky iconv-lite ieee754 ignore import-fresh imurmurhash indent-string inflight
inherits ini inquirer internal-slot interpret invariant ip-address ipaddr.js is-arrayish is-bigint
is-binary-path is-boolean-object is-buffer is-callable is-core-module is-date-object is-docker
is-extendable is-extglob is-finite is-fullwidth-code-point is-glob is-number is-number-object
is-obj is-path-cwd is-path-in-cwd is-path-inside is-plain-obj is-plain-object is-regex
is-resolvable is-stream is-string is-symbol is-typedarray is-utf8 is-windows is-wsl isarray isexe
isobject isstream istanbul-lib-coverage istanbul-lib-report istanbul-lib-source-maps
istanbul-reports jackspeak jest jest-worker jquery js-tokens js-yaml jsbn jsdom jsesc json-buffer
json-parse-even-better-errors json-schema json-schema-traverse json-stable-stringify
json-stable-stringify-without-jsonify json-stringify-safe json5 jsonfile jsonify jsonpointer
jsonwebtoken jsprim jsx-ast-utils keyv kind-of left-pad leven levn lines-and-columns load-json-file
loader-utils locate-path lodash lodash.debounce lodash.merge loose-envify lru-cache magic-string
make-dir make-fetch-happen map-cache math-intrinsics media-typer merge-descriptors merge-stream
merge2 methods micromatch mime mime-db mime-types mimic-fn minimatch minimist minipass
minipass-collect minipass-fetch minipass-flush minipass-pipeline minipass-sized minizlib mkdirp
mocha moment mongodb mongoose morgan ms mute-stream mysql2 nan nanoid natural-compare negotiator
neo-async next node-fetch node-gyp node-releases nodemailer nodemon nopt normalize-package-data
normalize-path normalize-url npm npm-run-path npmlog nth-check number-is-nan oauth-sign
object-assign object-inspect object-keys object.assign object.values on-finished on-headers once
onetime open openai optionator os-homedir os-tmpdir p-limit p-locate p-map p-try pako parent-module
parse-json parse5 parseurl passport path-browserify path-exists path-is-absolute path-is-inside
path-key path-parse path-scurry path-to-regexp path-type performance-now pg picocolors picomatch
pify pinkie pinkie-promise pkg-dir playwright pnpm postcss postcss-modules-extract-imports
postcss-modules-local-by-default postcss-modules-scope postcss-modules-values
postcss-selector-parser postcss-value-parser prelude-ls prettier pretty-format prisma proc-log
process process-nextick-args progress prop-types proxy-addr pseudomap psl pump punycode puppeteer
qs queue-microtask randombytes range-parser raw-body rc react react-dom react-is react-router
react-router-dom read-pkg read-pkg-up readable-stream readdirp rechoir redent redis redux
regenerate regenerate-unicode-properties regenerator-runtime regenerator-transform
regexp.prototype.flags regexpu-core regjsgen regjsparser relateurl remove-trailing-separator
repeat-element repeat-string repeating request require-directory require-from-string
require-main-filename requires-port resolve resolve-from restore-cursor ret retry reusify rimraf
rollup run-async run-parallel rxjs safe-buffer safer-buffer sass sax scheduler schema-utils semver
send sequelize serialize-javascript serve-static set-blocking setimmediate setprototypeof
shebang-command shebang-regex side-channel side-channel-list side-channel-map side-channel-weakmap
signal-exit slash slice-ansi smart-buffer socket.io socks socks-proxy-agent source-map
source-map-js source-map-support spdx-correct spdx-exceptions spdx-expression-parse
spdx-license-ids sprintf-js sshpk ssri statuses string-width string.prototype.trimend
string.prototype.trimstart string_decoder strip-ansi strip-bom strip-final-newline strip-indent
strip-json-comments stylus supabase supports-color supports-preserve-symlinks-flag svelte
symbol-tree table tailwindcss tapable tar tar-stream terser test-exclude text-table three through
through2 tinyglobby tmp to-fast-properties to-regex-range toidentifier tough-cookie tr46 ts-node
tslib tunnel-agent turbo tweetnacl type-check type-fest type-is typedarray typescript uglify-js
undici undici-types unicode-canonical-property-names-ecmascript unicode-match-property-ecmascript
unicode-match-property-value-ecmascript unicode-property-aliases-ecmascript unique-filename
unique-slug universalify unpipe upath update-browserslist-db uri-js user-home util-deprecate
utils-merge uuid validate-npm-package-license vary verror vite vitest vue watchpack web3
webidl-conversions webpack webpack-cli webpack-sources whatwg-encoding whatwg-mimetype whatwg-url
which which-boxed-primitive which-module wide-align winston word-wrap wordwrap wrap-ansi wrappy
write-file-atomic ws xml-name-validator xtend y18n yallist yaml yargs yargs-parser yarn yocto-queue
zod zustand
"""


def _keys(ecosystem: Ecosystem, names: str) -> Iterator[ProjectKey]:
    return (ProjectKey(ecosystem=ecosystem, name=name) for name in names.split())


MOST_USED = frozenset((*_keys(Ecosystem.PYPI, _PYPI), *_keys(Ecosystem.NPM, _NPM)))
"""Names as `normalize_name` writes them."""


def protected_by(names: Iterable[str]) -> frozenset[ProjectKey]:
    """Return MOST_USED and the projects that `names` write as `pypi/name` or `npm/@scope/name`.

    Raises:
        ValueError: A name has no known ecosystem, or is none of its registry.
    """
    return MOST_USED | frozenset(map(_key, names))


def _key(text: str) -> ProjectKey:
    ecosystem, _, name = text.partition("/")
    known = {member.value: member for member in Ecosystem}.get(ecosystem)
    normalized = None if known is None else normalize_name(known, name)
    if known is None or normalized is None:
        msg = f"invalid project {text!a}: expected pypi/name or npm/@scope/name"
        raise ValueError(msg)
    return ProjectKey(ecosystem=known, name=normalized)
