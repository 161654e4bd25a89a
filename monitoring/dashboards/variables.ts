// What a reader chooses at the top of each dashboard. `All` means .*, which also takes series without the
// label, as those of a Prometheus that knows neither namespaces nor releases.
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

export const datasource = { type: 'prometheus', uid: '$datasource' };

/** Matchers of every selector. */
export const release = 'namespace=~"$namespace",release=~"$release"';
export const pool = `${release},pool=~"$pool"`;

export const variables = [
  new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
  choice('namespace', 'label_values(cricksy_ocr_build_info, namespace)'),
  choice('release', 'label_values(cricksy_ocr_build_info{namespace=~"$namespace"}, release)'),
  choice('pool', `label_values(cricksy_ocr_depth_tasks{${release}}, pool)`),
];

function choice(name: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(name.charAt(0).toUpperCase() + name.slice(1))
    .datasource(datasource)
    .query({ query, refId: name })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}
