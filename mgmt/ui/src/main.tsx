import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import { createBrowserRouter, Navigate, RouterProvider } from 'react-router'
import { FeedProvider } from './api/feed'
import { language } from './i18n'
import { Loading } from './parts/Notice'
import { UndoProvider } from './parts/Undo'
import { PhoneProvider } from './phone/PhoneProvider'
import { Account } from './screens/Account'
import { Agents } from './screens/Agents'
import { Activities } from './screens/Activities'
import { Audit } from './screens/Audit'
import { CallDetail } from './screens/CallDetail'
import { Calls } from './screens/Calls'
import { Companies } from './screens/Companies'
import { Devices, Groups, Numbers, QueueSettings, TrunkSettings } from './screens/Company'
import { Contacts } from './screens/Contacts'
import { Features } from './screens/Features'
import { Deliveries } from './screens/Deliveries'
import { Hours } from './screens/Hours'
import { Keys } from './screens/Keys'
import { Webhooks } from './screens/Webhooks'
import { LiveCalls } from './screens/LiveCalls'
import { Messages } from './screens/Messages'
import { MyPhone } from './screens/MyPhone'
import { Parked } from './screens/Parked'
import { Quality } from './screens/Quality'
import { Services } from './screens/Services'
import { Site } from './screens/Site'
import { Queues } from './screens/Queues'
import { People } from './screens/People'
import { SignIn } from './screens/SignIn'
import { SignInRules } from './screens/SignInRules'
import { Trunks } from './screens/Trunks'
import { Shell } from './Shell'
import { applyTheme } from './theme'
import './theme.css'

const Flow = lazy(() => import('./screens/Flow'))
const Node = lazy(() => import('./screens/Node'))
const Reports = lazy(() => import('./screens/Reports'))
const Wall = lazy(() => import('./screens/Wall'))
const History = lazy(() => import('./screens/History'))
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
        { path: '/flow', element: <Suspense fallback={<Loading />}><Flow /></Suspense> },
        { path: '/history', element: <Suspense fallback={<Loading />}><History /></Suspense> },
        { path: '/phone', element: <MyPhone /> },
        { path: '/features', element: <Features /> },
        { path: '/quality', element: <Quality /> },
        { path: '/services', element: <Services /> },
        { path: '/contacts', element: <Contacts /> },
        { path: '/site', element: <Site /> },
        { path: '/queues', element: <Queues /> },
        { path: '/agents', element: <Agents /> },
        { path: '/parked', element: <Parked /> },
        { path: '/hours', element: <Hours /> },
        { path: '/groups', element: <Groups /> },
        { path: '/queue-settings', element: <QueueSettings /> },
        { path: '/numbers', element: <Numbers /> },
        { path: '/devices', element: <Devices /> },
        { path: '/reports', element: <Suspense fallback={<Loading />}><Reports /></Suspense> },
        { path: '/node', element: <Suspense fallback={<Loading />}><Node /></Suspense> },
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
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <FeedProvider>
        <PhoneProvider><UndoProvider><RouterProvider router={router} /></UndoProvider></PhoneProvider>
      </FeedProvider>
    </QueryClientProvider>
  </StrictMode>,
)
