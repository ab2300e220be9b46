/** What SQL, JavaScript, Python, jq and other engines call ours, by what to write. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'CONDITION ? THIS : THAT': 'if iff case cond when select switch',
  'x.size()': 'len length count strlen char_length cardinality array_length',
  'coalesce(X, OTHER)': 'ifnull nvl isnull default if_null orvalue',
  'x == null': 'is_null isnan isempty',
  'x != null': 'is_not_null exists_field present defined',
  'text.matches(PATTERN)':
    'regexp_matches regex regexp test like ilike rlike match regex_match regexp_like similar_to',
  'text.substring(START, END)': 'substr mid left right',
  'text.lower()': 'tolower to_lower lowercase lcase tolowercase ascii_downcase downcase',
  'text.upper()': 'toupper to_upper uppercase ucase touppercase ascii_upcase upcase',
  'text.contains(PART)': 'includes strpos instr position has_substring containstext',
  'text.startsWith(PART)': 'starts_with startswith prefix has_prefix hasprefix',
  'text.endsWith(PART)': 'ends_with endswith suffix has_suffix hassuffix',
  'text.split(SEPARATOR)': 'string_split str_split explode tokenize',
  'list.join(SEPARATOR)': 'concat_ws array_join string_join implode',
  'a + b': 'concat plus add append',
  'string(X)': 'tostring to_string str text cast_string',
  'int(X)': 'toint to_int parseint integer bigint cast tonumber',
  'double(X)': 'todouble to_double float tofloat to_float parsefloat number to_number decimal numeric',
  'bool(X)': 'boolean tobool to_bool',
  'type(X)': 'typeof kind',
  'timestamp(TEXT)':
    'to_timestamp totimestamp todatetime to_date date datetime strptime parse_date fromdateiso8601',
  'time.truncate(UNIT)': 'date_trunc datetrunc time_bucket tumble',
  'time.format(FORMAT)': 'strftime date_format to_char dateformat',
  'event_time()': 'now current_timestamp today time current_time sysdate getdate eventtime',
  'div(X, Y)': 'intdiv idiv floordiv quotient',
  'a % b': 'mod modulo rem remainder',
  'trunc(X)': 'truncate_number fix',
  'parse_json(TEXT)': 'json json_parse fromjson from_json',
  'to_json(X)': 'tojson json_stringify to_jsonb',
  'member("user-id")': 'field column get getmember',
};

const WRITTEN: ReadonlyMap<string, string> = new Map(
  Object.entries(OTHER_NAMES).flatMap(([written, names]) => names.split(' ').map((name) => [name, written])),
);

/** How to write here what other languages call so; undefined: nobody does. */
export const functionAliasOf = (name: string): string | undefined => WRITTEN.get(name.toLowerCase());

/** All names that other languages have for ours. */
export const functionAliases: readonly string[] = [...WRITTEN.keys()];
