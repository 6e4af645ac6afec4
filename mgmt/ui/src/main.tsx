import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ComponentType, lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { createBrowserRouter, Navigate, RouterProvider } from 'react-router'
import { FeedProvider } from './api/feed'
import { watchSignIns } from './api/window'
import { language } from './i18n'
import { Loading } from './parts/Notice'
import { UndoProvider } from './parts/Undo'
import { PhoneProvider } from './phone/PhoneProvider'
import { LiveCalls } from './screens/LiveCalls'
import { Shell } from './Shell'
import { applyTheme } from './theme'
import './theme.css'

/** A screen comes when somebody goes there: the first page loads what everybody needs, and no more. */
function screen<M, N extends keyof M>(load: () => Promise<M>, name: N) {
  return lazy(() => load().then((all) => ({ default: all[name] as ComponentType })))
}

/** A node that was upgraded has other screens: who still shows the old page gets the new one, once in a while at most. */
window.addEventListener('vite:preloadError', () => {
  const last = Number(sessionStorage.getItem('renewed') ?? 0)
  if (Date.now() - last < 60_000) return
  sessionStorage.setItem('renewed', String(Date.now()))
  window.location.reload()
})

const Account = screen(() => import('./screens/Account'), 'Account')
const Activities = screen(() => import('./screens/Activities'), 'Activities')
const Agents = screen(() => import('./screens/Agents'), 'Agents')
const Audit = screen(() => import('./screens/Audit'), 'Audit')
const Billing = screen(() => import('./screens/Billing'), 'Billing')
const CallDetail = screen(() => import('./screens/CallDetail'), 'CallDetail')
const Calls = screen(() => import('./screens/Calls'), 'Calls')
const Companies = screen(() => import('./screens/Companies'), 'Companies')
const Compare = screen(() => import('./screens/Compare'), 'Compare')
const Contacts = screen(() => import('./screens/Contacts'), 'Contacts')
const Deliveries = screen(() => import('./screens/Deliveries'), 'Deliveries')
const Devices = screen(() => import('./screens/Company'), 'Devices')
const Features = screen(() => import('./screens/Features'), 'Features')
const Flow = lazy(() => import('./screens/Flow'))
const Groups = screen(() => import('./screens/Company'), 'Groups')
const History = lazy(() => import('./screens/History'))
const Hours = screen(() => import('./screens/Hours'), 'Hours')
const Keys = screen(() => import('./screens/Keys'), 'Keys')
const MailAddresses = screen(() => import('./screens/Company'), 'MailAddresses')
const Messages = screen(() => import('./screens/Messages'), 'Messages')
const MyPhone = screen(() => import('./screens/MyPhone'), 'MyPhone')
const Node = lazy(() => import('./screens/Node'))
const Numbers = screen(() => import('./screens/Numbers'), 'Numbers')
const Stock = screen(() => import('./screens/Stock'), 'Stock')
const Suppliers = screen(() => import('./screens/Stock'), 'Suppliers')
const Addresses = screen(() => import('./screens/Numbers'), 'Addresses')
const Parked = screen(() => import('./screens/Parked'), 'Parked')
const People = screen(() => import('./screens/People'), 'People')
const Quality = screen(() => import('./screens/Quality'), 'Quality')
const GetNumber = screen(() => import('./screens/GetNumber'), 'GetNumber')
const Papers = screen(() => import('./screens/Papers'), 'Papers')
const Ports = screen(() => import('./screens/Ports'), 'Ports')
const Prompts = screen(() => import('./screens/Prompts'), 'Prompts')
const Mailboxes = screen(() => import('./screens/Company'), 'Mailboxes')
const QueueSettings = screen(() => import('./screens/Company'), 'QueueSettings')
const Queues = screen(() => import('./screens/Queues'), 'Queues')
const ReportPlans = screen(() => import('./screens/Company'), 'ReportPlans')
const Reports = lazy(() => import('./screens/Reports'))
const Services = screen(() => import('./screens/Services'), 'Services')
const SignIn = screen(() => import('./screens/SignIn'), 'SignIn')
const SignInRules = screen(() => import('./screens/SignInRules'), 'SignInRules')
const Site = screen(() => import('./screens/Site'), 'Site')
const Tracking = screen(() => import('./screens/Tracking'), 'Tracking')
const TrunkSettings = screen(() => import('./screens/Company'), 'TrunkSettings')
const Trunks = screen(() => import('./screens/Trunks'), 'Trunks')
const Wall = lazy(() => import('./screens/Wall'))
const Webhooks = screen(() => import('./screens/Webhooks'), 'Webhooks')

const queries = new QueryClient({ defaultOptions: { queries: { staleTime: 30_000, retry: 1 } } })

const router = createBrowserRouter(
  [
    { path: '/wall', element: <Suspense fallback={<Loading />}><Wall /></Suspense> },
    {
      element: <Shell />,
      children: [
        { path: '/', element: <LiveCalls /> },
        { path: '/activity', element: <Activities /> },
        { path: '/messages', element: <Messages /> },
        { path: '/messages/:id', element: <Messages /> },
        { path: '/calls', element: <Calls /> },
        { path: '/calls/:id', element: <CallDetail /> },
        { path: '/compare', element: <Compare /> },
        { path: '/flow', element: <Flow /> },
        { path: '/history', element: <History /> },
        { path: '/phone', element: <MyPhone /> },
        { path: '/features', element: <Features /> },
        { path: '/quality', element: <Quality /> },
        { path: '/services', element: <Services /> },
        { path: '/contacts', element: <Contacts /> },
        { path: '/site', element: <Site /> },
        { path: '/tracking', element: <Tracking /> },
        { path: '/queues', element: <Queues /> },
        { path: '/agents', element: <Agents /> },
        { path: '/parked', element: <Parked /> },
        { path: '/papers', element: <Papers /> },
        { path: '/ports', element: <Ports /> },
        { path: '/billing', element: <Billing /> },
        { path: '/hours', element: <Hours /> },
        { path: '/prompts', element: <Prompts /> },
        { path: '/groups', element: <Groups /> },
        { path: '/mailboxes', element: <Mailboxes /> },
        { path: '/queue-settings', element: <QueueSettings /> },
        { path: '/numbers', element: <Numbers /> },
        { path: '/get-number', element: <GetNumber /> },
        { path: '/addresses', element: <Addresses /> },
        { path: '/stock', element: <Stock /> },
        { path: '/suppliers', element: <Suppliers /> },
        { path: '/devices', element: <Devices /> },
        { path: '/report-plans', element: <ReportPlans /> },
        { path: '/mail-addresses', element: <MailAddresses /> },
        { path: '/reports', element: <Reports /> },
        { path: '/node', element: <Node /> },
        { path: '/trunk-settings', element: <TrunkSettings /> },
        { path: '/trunks', element: <Trunks /> },
        { path: '/account', element: <Account /> },
        { path: '/account/keys', element: <Keys /> },
        { path: '/account/webhooks', element: <Webhooks /> },
        { path: '/account/webhooks/:id', element: <Deliveries /> },
        { path: '/account/sign-in', element: <SignIn /> },
        { path: '/people', element: <People /> },
        { path: '/people/sign-in', element: <SignInRules /> },
        { path: '/audit', element: <Audit /> },
        { path: '/companies', element: <Companies /> },
        { path: '*', element: <Navigate to="/" replace /> },
      ],
    },
  ],
  { basename: '/app' },
)

document.documentElement.lang = language
applyTheme()
watchSignIns()
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <FeedProvider>
        <PhoneProvider><UndoProvider><RouterProvider router={router} /></UndoProvider></PhoneProvider>
      </FeedProvider>
    </QueryClientProvider>
  </StrictMode>,
)
