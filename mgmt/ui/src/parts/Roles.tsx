/** Which role may do what: the table that the node itself decides by, in words and signs. */
import { useQuery } from '@tanstack/react-query'
import { rightsQuery, roles } from '../api/people'
import { t, word } from '../i18n'
import { Loading, Trouble } from './Notice'
import { Scroll } from './Scroll'

const signs = { none: '–', look: '○', change: '●' } as const
const words = { none: 'mayNothing', look: 'mayLook', change: 'mayChange' } as const

export function Roles() {
  const { data, error, isPending, refetch } = useQuery(rightsQuery)
  if (isPending) return <Loading />
  if (error) return <Trouble error={error} again={() => void refetch()} />
  return (
    <Scroll label={t('roleMatrix')}>
      <table data-testid="role-matrix">
        <thead><tr><td />{roles.map((role) => <th key={role} scope="col">{t(role)}</th>)}</tr></thead>
        <tbody>
          {data.data.map((right) => (
            <tr key={right.part}>
              <th scope="row">{word(`part_${right.part}`)}</th>
              {roles.map((role) => <td key={role}><span aria-hidden="true">{signs[right[role]]}</span> {t(words[right[role]])}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
