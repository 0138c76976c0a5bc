"""DuckDB macros that read numbers, instants and text the way people write them.

They run only on values that the engine's own cast does not take, so plain files do not pay for them. A
macro is text: an argument that is named many times is planned many times, and macros inside macros grow
without bound. So those that name an argument often bind it once, by a lambda over a list of one.
"""

# ruff: noqa: E501 - patterns are not broken, and hold no value from outside

from __future__ import annotations

import duckdb

_FULL = "".join(chr(code) for code in range(0xFF01, 0xFF5F))
_HALF = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F))
_ASCII_SPACES = " \t\r\n"
_SPACES = "\u3000\u00a0\u2007\u2009\u202f\ufeff\t\r\n"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


DAY_FIRST = r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(\D.*)?$"

MACROS = (
    # Half width, no white space around: for numbers, instants, codes.
    # `translate` builds its table anew for each row, so plain ASCII (as many bytes as characters) goes without.
    f"""kw_half(x) AS nullif(CASE WHEN strlen(x) = length(x) THEN trim(x, {_quote(_ASCII_SPACES)})
        ELSE trim(translate(x, {_quote(_FULL + _SPACES)}, {_quote(_HALF + " " * len(_SPACES))})) END, '')""",
    # Free text keeps its full-width punctuation.
    f"kw_trim(x) AS nullif(trim(x, {_quote(' ' + _SPACES)}), '')",
    # Signs of currency, and spaces or apostrophes that group digits.
    r"""kw_bare(x) AS regexp_replace(translate(kw_half(x), '−–', '--'),
        '(?i)[ ''’]|US\$|HK\$|NT\$|R\$|[$€£¥￥₩₹]|人民币|人民幣|元|圆|圓|CNY|RMB|USD|EUR|GBP|HKD|TWD|JPY|BRL',
        '', 'g')""",
    r"""kw_signed(s) AS list_transform([s], lambda s1: CASE
        WHEN s1[1] = '(' AND s1[-1] = ')' THEN '-' || s1[2:-2]
        WHEN s1[-1] = '-' THEN '-' || s1[1:-2]
        ELSE s1 END)[1]""",
    r"""kw_dotted(s, mark) AS list_transform([s], lambda s1: CASE
        WHEN regexp_full_match(s1, '[+-]?\d{1,3}(,\d{3})+\.\d*') THEN replace(s1, ',', '')
        WHEN regexp_full_match(s1, '[+-]?\d{1,3}(\.\d{3})+,\d*') THEN replace(replace(s1, '.', ''), ',', '.')
        WHEN mark = ',' AND regexp_full_match(s1, '[+-]?\d{1,3}(\.\d{3})+') THEN replace(s1, '.', '')
        WHEN mark = ',' AND regexp_full_match(s1, '[+-]?\d*,\d+') THEN replace(s1, ',', '.')
        WHEN regexp_full_match(s1, '[+-]?\d{1,3}(,\d{3})+') THEN replace(s1, ',', '')
        WHEN regexp_full_match(s1, '[+-]?\d{1,3}(\.\d{3}){2,}') THEN replace(s1, '.', '')
        WHEN regexp_full_match(s1, '[+-]?\d*,\d+') THEN replace(s1, ',', '.')
        WHEN regexp_full_match(s1, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?') THEN s1
        END)[1]""",
    # Instants.
    r"""kw_stamp(x) AS trim(regexp_replace(regexp_replace(
        translate(kw_half(x), '年月时時点點分日号號秒', '--:::::   '),
        '(?i)上午|下午|晚上|凌晨|\b[ap]\.?m\b\.?', ' ', 'g'), ':\s*$', ''))""",
    r"""kw_afternoon(x) AS regexp_matches(x, '(?i)下午|晚上|\d\s*p\.?m\b')""",
    r"""kw_forenoon(x) AS regexp_matches(x, '(?i)上午|凌晨|\d\s*a\.?m\b')""",
    r"""kw_century(two) AS CASE WHEN two <= '68' THEN '20' ELSE '19' END""",
    r"""kw_iso(s, date_order) AS list_transform([s], lambda s1: CASE
        WHEN regexp_matches(s1, '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(\D|$)')
            THEN regexp_replace(s1, '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[ T]*', '\1-\2-\3 ')
        WHEN regexp_full_match(s1, '\d{8}') THEN s1[1:4] || '-' || s1[5:6] || '-' || s1[7:8] || ' '
        WHEN regexp_full_match(s1, '\d{14}') THEN s1[1:4] || '-' || s1[5:6] || '-' || s1[7:8] || ' '
            || s1[9:10] || ':' || s1[11:12] || ':' || s1[13:14]
        WHEN regexp_full_match(s1, '\d{10}')
            THEN strftime(make_timestamp(s1::BIGINT * 1000000), '%Y-%m-%d %H:%M:%S+00:00')
        WHEN regexp_full_match(s1, '\d{13}')
            THEN strftime(make_timestamp(s1::BIGINT * 1000), '%Y-%m-%d %H:%M:%S.%f+00:00')
        WHEN regexp_matches(s1, '^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}(\D|$)') THEN CASE date_order
            WHEN 'DMY' THEN regexp_replace(s1, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})[ T,]*', '\3-\2-\1 ')
            WHEN 'MDY' THEN regexp_replace(s1, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})[ T,]*', '\3-\1-\2 ') END
        WHEN regexp_matches(s1, '^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(\D|$)') THEN CASE date_order
            WHEN 'DMY' THEN kw_century(regexp_extract(s1, '^\d{1,2}[-/.]\d{1,2}[-/.](\d{2})', 1))
                || regexp_replace(s1, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{2})[ T,]*', '\3-\2-\1 ')
            WHEN 'MDY' THEN kw_century(regexp_extract(s1, '^\d{1,2}[-/.]\d{1,2}[-/.](\d{2})', 1))
                || regexp_replace(s1, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{2})[ T,]*', '\3-\1-\2 ')
            WHEN 'YMD' THEN kw_century(lpad(regexp_extract(s1, '^(\d{1,2})', 1), 2, '0'))
                || regexp_replace(s1, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{2})[ T,]*', '\1-\2-\3 ') END
        ELSE strftime(try_strptime(regexp_replace(s1, '(?i)( (GMT|UTC)| ?Z)$', ''), [
            '%d %b %Y %H:%M:%S', '%d %b %Y %H:%M', '%d %b %Y', '%d-%b-%Y %H:%M:%S', '%d-%b-%Y', '%d-%b-%y',
            '%b %d, %Y %H:%M:%S', '%b %d, %Y %H:%M', '%b %d, %Y', '%b %d %Y', '%d %B %Y', '%B %d, %Y',
            '%a, %d %b %Y %H:%M:%S']), '%Y-%m-%d %H:%M:%S')
        END)[1]""",
    r"""kw_offset(t) AS regexp_replace(regexp_replace(regexp_replace(trim(t),
        '(:\d{1,2}(?:[.,]\d+)?) *(?:Z|z|UTC|GMT)$', '\1+00:00'),
        '(:\d{1,2}(?:[.,]\d+)?) *([+-]\d{2}):?(\d{2})$', '\1\2:\3'),
        '(:\d{1,2}(?:[.,]\d+)?) *([+-]\d{2})$', '\1\2:00')""",
    r"""kw_local(x, t) AS list_transform([t], lambda t1: TRY_CAST(t1 AS TIMESTAMP) + CASE
        WHEN kw_afternoon(x) AND hour(TRY_CAST(t1 AS TIMESTAMP)) < 12 THEN INTERVAL 12 HOUR
        WHEN kw_forenoon(x) AND hour(TRY_CAST(t1 AS TIMESTAMP)) = 12 THEN INTERVAL (-12) HOUR
        ELSE INTERVAL 0 HOUR END)[1]""",
    r"""kw_instant(x, t, zone) AS list_transform([t], lambda t1: CASE
        WHEN regexp_matches(t1, ':\d{1,2}([.,]\d+)?[+-]\d{2}:\d{2}$')
            THEN make_timestamp(epoch_us(TRY_CAST(t1 AS TIMESTAMPTZ)))
        WHEN zone = 'UTC' THEN kw_local(x, t1)
        ELSE make_timestamp(epoch_us(timezone(zone, kw_local(x, t1)))) END)[1]""",
)


def connect(*, memory_mb: int, temporary_dir: str) -> duckdb.DuckDBPyConnection:
    """An engine of our own with the macros, bounded memory and spill."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{memory_mb}MB'")
    connection.execute(f"SET temp_directory = {_quote(temporary_dir)}")
    connection.execute("SET threads = 2")
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET autoinstall_known_extensions = false")
    # Pulling common parts out of a CASE would run the slow readings of rare values on every row.
    connection.execute("SET disabled_optimizers = 'common_subexpressions'")
    for macro in MACROS:
        connection.execute(f"CREATE MACRO {macro}")
    return connection
