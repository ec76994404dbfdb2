//! Popular packages, and names that are nearly theirs.

/// Popular packages of PyPI.
pub(super) const PYPI: &[&str] = &[
    "aiohttp", "anthropic", "ansible", "asyncpg", "attrs", "azure-core", "bcrypt", "beautifulsoup4", "black", "boto3", "botocore",
    "cachetools", "celery", "certifi", "cffi", "chardet", "charset-normalizer", "click", "colorama", "coverage", "cryptography",
    "datasets", "django", "docker", "dnspython", "fastapi", "flask", "gitpython", "google-auth", "grpcio", "gunicorn", "httpx",
    "huggingface-hub", "idna", "imageio", "ipython", "jinja2", "jmespath", "joblib", "jsonschema", "jupyter", "keras", "kubernetes",
    "langchain", "lxml", "markdown", "markdownify", "markitdown", "matplotlib", "mypy", "nltk", "notebook", "numpy", "oauthlib",
    "openai", "opencv-python", "openpyxl", "orjson", "packaging", "pandas", "paramiko", "pdfplumber", "pillow", "playwright",
    "plotly", "poetry", "polars", "protobuf", "psutil", "psycopg2", "pyarrow", "pycryptodome", "pydantic", "pygments", "pyinstaller",
    "pyjwt", "pymongo", "pymupdf", "pymysql", "pypdf", "pypdf2", "pyserial", "pytest", "python-dateutil", "python-docx",
    "python-dotenv", "python-pptx", "pytz", "pyyaml", "redis", "reportlab", "requests", "rich", "ruff", "scikit-learn", "scipy",
    "scrapy", "seaborn", "selenium", "sentence-transformers", "setuptools", "simplejson", "sqlalchemy", "starlette", "streamlit",
    "sympy", "tensorflow", "tiktoken", "tokenizers", "tornado", "tqdm", "transformers", "typer", "typing-extensions", "ujson",
    "urllib3", "uvicorn", "virtualenv", "websockets", "werkzeug", "xlsxwriter", "xmltodict", "youtube-dl", "yt-dlp",
];

/// Popular packages of npm.
pub(super) const NPM: &[&str] = &[
    "@anthropic-ai/sdk", "@modelcontextprotocol/sdk", "axios", "babel-core", "body-parser", "bootstrap", "browserify", "chalk",
    "cheerio", "chokidar", "classnames", "commander", "concurrently", "cors", "cross-env", "dayjs", "debug", "discord.js", "docx",
    "dotenv", "electron", "esbuild", "eslint", "event-stream", "express", "fs-extra", "glob", "got", "graphql", "gulp", "handlebars",
    "husky", "inquirer", "jest", "jquery", "jsonwebtoken", "lodash", "mermaid", "minimist", "mkdirp", "mocha", "moment", "mongodb",
    "mongoose", "mysql", "next", "node-fetch", "nodemailer", "nodemon", "openai", "passport", "pdf-lib", "pdfkit", "playwright",
    "postcss", "pptxgenjs", "prettier", "prisma", "prop-types", "puppeteer", "ramda", "react", "react-dom", "react-router", "redux",
    "request", "rimraf", "rollup", "rxjs", "semver", "sequelize", "sharp", "shelljs", "socket.io", "stripe", "styled-components",
    "svelte", "tailwindcss", "tslib", "turbo", "typescript", "ua-parser-js", "uglify-js", "underscore", "uuid", "vite", "vitest",
    "vue", "webpack", "winston", "wrangler", "yargs", "zod",
];

/// Names that were published to be installed by mistake, or taken over, as security reports tell.
pub(super) const MALICIOUS: &[&str] = &[
    "colourama", "crossenv", "cross-env.js", "d3.js", "django-server", "djanga", "easyinstall", "electorn", "eslint-scope-util",
    "ethereum-private-key-to-address", "fabric-js", "ffmepg", "flatmap-stream", "getcookies", "jeilyfish", "jquery.js", "libpeshka",
    "loadyaml", "mongose", "mumpy", "nodefabric", "nodemailer-js", "nodesass", "noblesse", "openvc", "opencv.js", "pyscrapy",
    "python3-dateutil", "python-sqlite", "request-promise-native-js", "requesys", "smb", "sqlserver", "sympypy", "telnet", "urlib3",
    "urllib", "urllib4", "ctx-py", "beautifulsup4", "coloroma", "node-openssl", "mssql.js", "mssql-node", "babelcli", "tensorfllow",
];

/// Real packages that are near a popular name.
const HONEST: &[&str] = &[
    "flash", "flasks", "preact", "reach", "vuex", "vux", "nuxt", "next", "nest", "pyyml", "mocha", "jose", "ruff", "rich", "click",
    "types-requests", "requests", "request", "glob", "global", "ky", "got", "gpt", "jest", "zod", "zed", "vite", "vitest", "expo",
    "pypdf", "pypdf2", "pypdf3", "pypdf4", "psycopg", "psycopg2", "psycopg3", "httpx", "httpie", "http", "redux", "redis", "ioredis", "aioredis",
    "test", "tests", "docx", "docs", "doc", "uuid", "cuid", "nanoid", "polar", "polars", "ujson", "rjson", "orjson", "dotenv",
    "docker", "rocker", "keras", "black", "blacken", "markdown", "markdown2", "pytest", "pytests", "plotly", "plot", "pytz", "tzdata",
    "react", "reactor", "lxml", "xml", "numpy", "numba", "pandas", "panda", "cors", "core", "debug", "chalk", "svelte", "sveltekit",
    "typer", "typed", "stripe", "strip", "urllib3", "pymysql", "pymssql", "mysql", "mysql2", "scipy", "spacy", "idna", "nltk", "pysqlite", "webpack",
    "tqdm", "yargs", "yarn", "glob2", "pillow", "pygments", "pymongo", "pyarrow", "attrs", "attr", "turbo", "cffi", "vue", "rxjs", "rxdb",
    "pyjwt", "jwt", "django", "mongodb", "mongo", "sharp", "shap", "prettier", "grpcio", "asyncpg", "mypy", "nypy", "moment", "momento", "tslib",
    "uvicorn", "unicorn", "gunicorn", "gulp", "playwright", "python-pptx", "openai", "xlsx", "semver", "server", "serve", "sympy", "simpy",
    "websockets", "websocket", "poetry", "protobuf", "protobufjs", "commander", "jinja2", "jinja", "botocore", "aiobotocore", "boto3", "boto", "boto2",
];

/// The popular package that `name` is nearly, and whether that is hardly a coincidence.
pub(super) fn resembles(name: &str, popular: &'static [&'static str]) -> Option<(&'static str, bool)> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    if popular.contains(&name.as_str()) || HONEST.contains(&name.as_str()) || name.starts_with('@') {
        return None;
    }
    popular.iter().filter(|known| known.len() >= 5).find_map(|known| {
        if name.replace('-', "") == known.replace('-', "") {
            return None;
        }
        let near = near(&name, known)?;
        Some((*known, near))
    })
}

/// Whether two names differ by one slip; the answer tells whether by one that is typical of fingers: two letters swapped,
/// one doubled or left out, or one exchanged for its neighbour or its look-alike.
fn near(name: &str, known: &str) -> Option<bool> {
    if name.len().abs_diff(known.len()) > 1 {
        return None;
    }
    let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), known.chars().collect());
    let first = a.iter().zip(&b).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()));
    let (rest_a, rest_b) = (&a[first..], &b[first..]);
    let long = known.len() >= 6;
    match a.len().cmp(&b.len()) {
        std::cmp::Ordering::Equal => {
            if rest_a.len() >= 2 && rest_a[0] == rest_b[1] && rest_a[1] == rest_b[0] && rest_a[2..] == rest_b[2..] {
                return Some(true);
            }
            (rest_a.len() > 1 || long).then_some(())?;
            (!rest_a.is_empty() && rest_a[1..] == rest_b[1..]).then(|| long && alike(rest_a[0], rest_b[0]))
        }
        std::cmp::Ordering::Less => (*rest_a == rest_b[1..]).then_some(long),
        std::cmp::Ordering::Greater => (rest_a[1..] == *rest_b).then(|| {
            let doubled = first > 0 && a[first] == a[first - 1] || a.get(first + 1) == Some(&a[first]);
            // A letter or digit at the end is often a version or a plural.
            long && doubled && first + 1 < a.len()
        }).filter(|_| first + 1 < a.len()),
    }
}

fn alike(a: char, b: char) -> bool {
    const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let neighbours = ROWS.iter().any(|row| matches!((row.find(a), row.find(b)), (Some(x), Some(y)) if x.abs_diff(y) == 1));
    neighbours || matches!((a, b), ('l', '1') | ('1', 'l') | ('0', 'o') | ('o', '0') | ('i', 'l') | ('l', 'i') | ('i', '1') | ('1', 'i') | ('s', '5') | ('5', 's') | ('m', 'n') | ('e', '3') | ('3', 'e'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_fingers_are_told_from_other_names() {
        let cases = [
            ("reqeusts", PYPI, Some(("requests", true))),
            ("requets", PYPI, Some(("requests", true))),
            ("requestts", PYPI, Some(("requests", true))),
            ("nunpy", PYPI, None),
            ("tensorfl0w", PYPI, Some(("tensorflow", true))),
            ("requests", PYPI, None),
            ("python_docx", PYPI, None),
            ("expres", NPM, Some(("express", true))),
            ("lodahs", NPM, Some(("lodash", true))),
            ("preact", NPM, None),
            ("left-pad", NPM, None),
        ];
        for (name, list, expected) in cases {
            assert_eq!(resembles(name, list), expected, "{name}");
        }
    }
}
