/** The flow as a list: the same document as the chart, for the keyboard and for small screens. */
import type { FlowDocument, FlowProblem } from './types'
import { inOrder, summary, ways } from './graph'
import { t } from '../i18n'
import { checkWords } from '../i18n/checks'
import { kindName } from '../i18n/steps'

export function Outline({ document, problems, chosen, choose }: {
  document: FlowDocument; problems: FlowProblem[]; chosen: string | null; choose: (id: string) => void
}) {
  const wrong = new Map(problems.map((one) => [one.node, one]))
  return (
    <ol className="outline" aria-label={t('outline')}>
      {inOrder(document).map((id) => {
        const node = document.nodes[id]
        const problem = wrong.get(id)
        if (node === undefined) return null
        return (
          <li key={id} className={problem ? 'wrong' : ''}>
            <button type="button" aria-pressed={chosen === id} data-testid="outline-node" onClick={() => choose(id)}>
              <span className="strong">{node.label ?? id}</span> <span className="dim">{kindName(node.kind, node.kind)} {summary(node)}</span>
            </button>
            <div className="dim small">{ways(node).map(([label, to]) => `${label ? `${label}: ` : ''}${to}`).join(' · ')}</div>
            {problem && <div className="small" role="note">{checkWords(problem)}</div>}
          </li>
        )
      })}
    </ol>
  )
}
