/** What SQL, DuckDB, Postgres, Miller, datamash, Flink, ksqlDB and spreadsheets call ours, by what to write. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'any_value(FIELD)': 'any arbitrary rand anyvalue',
  'antimode(FIELD)': 'antimode_value least_frequent',
  'arg_max(FIELD, BY)': 'argmax max_by maxby',
  'arg_min(FIELD, BY)': 'argmin min_by minby',
  'bins(FIELD, FROM, TO, COUNT)': 'bin binning width_bucket equi_width_histogram',
  'bit_and(FIELD)': 'bitand groupbitand bitwise_and bitwise_and_agg bit_and_agg',
  'bit_or(FIELD)': 'bitor groupbitor bitwise_or bitwise_or_agg bit_or_agg',
  'bit_xor(FIELD)': 'bitxor groupbitxor bitwise_xor bitwise_xor_agg bit_xor_agg',
  'bool_and(FIELD)': 'every all booland logical_and',
  'bool_or(FIELD)': 'some exists boolor logical_or',
  'corr(Y, X)': 'correl correlation pearson ppearson spearson',
  'count([FIELD])': 'count_star counter',
  'covar_pop(Y, X)': 'covpop pcov covariance_p covarpop',
  'covar_samp(Y, X)': 'cov covar covariance scov covsamp covariance_s covarsamp',
  'distinct(FIELD)': 'nunique uniq uniqexact countunique count_distinct distinct_count approx_count_distinct',
  'first(FIELD)': 'first_value firstvalue earliest earliest_by_offset',
  'last(FIELD)': 'last_value lastvalue latest latest_by_offset',
  'histogram(FIELD, BOUND, …)': 'hist numeric_histogram',
  'kurtosis(FIELD)': 'kurt skurt kurtosis_samp kurtosissamp',
  'kurtosis_pop(FIELD)': 'pkurt kurtosispop',
  'list(FIELD)': 'collect collect_list array_agg grouparray json_agg json_arrayagg',
  'max(FIELD)': 'maximum greatest',
  'mean(FIELD)': 'avg average',
  'min(FIELD)': 'minimum least',
  'mode(FIELD)': 'mostfrequent most_frequent',
  'null_count(FIELD)': 'nullcount count_null countnull nulls missing',
  'quantile(FIELD, 0.25)': 'q1 p25',
  'quantile(FIELD, 0.75)': 'q3 p75',
  'quantile(FIELD, 0.9)': 'p90',
  'quantile(FIELD, 0.95)':
    'percentile perc p95 percentile_disc quantile_disc quantileexact approx_percentile',
  'quantile(FIELD, 0.95, "linear")': 'percentile_cont quantile_cont',
  'quantile(FIELD, 0.99)': 'p99',
  'median(FIELD)': 'p50 q2',
  'quantiles(FIELD, 0.5, 0.95)': 'percentiles percs',
  'regr_count(Y, X)': 'regrcount pair_count',
  'regr_intercept(Y, X)': 'intercept linreg_intercept regrintercept',
  'regr_r2(Y, X)': 'r2 rsq r_squared regrr2',
  'regr_slope(Y, X)':
    'slope linreg linreg_ols linregress linear_fit linear_regression simplelinearregression regrslope',
  'sample(FIELD, K)': 'bootstrap shuffle reservoir reservoir_sample grouparraysample random',
  'set(FIELD)': 'collect_set unique distinct_values groupuniqarray array_distinct',
  'skewness(FIELD)': 'skew sskew skewness_samp skewsamp',
  'skewness_pop(FIELD)': 'pskew skewpop skew_pop',
  'stddev(FIELD)': 'std sd sstdev stdev stddev_samp stddevsamp',
  'stddev_pop(FIELD)': 'pstdev stdevp stddevpop std_pop',
  'string_agg(FIELD, ",")':
    'listagg group_concat groupconcat join string_join collapse concat stringagg array_join',
  'sum(FIELD)': 'total',
  'topk(FIELD, K)': 'top approx_top_k most_common top_k topn',
  'var_pop(FIELD)': 'pvar varp varpop variance_pop',
  'variance(FIELD)': 'var svar var_samp varsamp',
  'weighted_mean(FIELD, WEIGHT)':
    'wmean avgweighted weighted_avg weighted_average mean_weighted avg_weighted',
};

const WRITTEN: ReadonlyMap<string, string> = new Map(
  Object.entries(OTHER_NAMES).flatMap(([written, names]) => names.split(' ').map((name) => [name, written])),
);

/** How to write here what other systems call so; undefined: nobody does. */
export const aliasOf = (name: string): string | undefined => WRITTEN.get(name.toLowerCase());
