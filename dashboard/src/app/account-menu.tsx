import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { BookOpen, LogOut, Monitor, Moon, Server, Sun, UserRound } from 'lucide-react';
import { clientOf } from '../api/client.ts';
import { left, useSession } from '../api/session.ts';
import { messages } from '../i18n/messages.ts';
import { Avatar } from '../ui/display.tsx';
import { Menu } from '../ui/menu.tsx';
import { problemText } from '../ui/problem.ts';
import { toast } from '../ui/toast.tsx';
import { paths } from './paths.ts';
import { setTheme, useTheme } from './theme.ts';

const texts = messages('account-menu', {
  label: 'Account of',
  account: 'Your account',
  installation: 'Installation',
  reference: 'API reference',
  light: 'Light',
  dark: 'Dark',
  system: 'As the system',
  current: 'on',
  out: 'Sign out',
});

export function AccountMenu() {
  const { operator } = useSession();
  const navigate = useNavigate();
  const client = useQueryClient();
  const theme = useTheme();
  const name = operator.name ?? operator.email;
  const signOut = async () => {
    try {
      await clientOf().DELETE('/v1/session');
    } catch (error) {
      return toast.failure(problemText(error));
    }
    // First away from pages that need someone to be signed in.
    await navigate({ to: paths.signIn() });
    left();
    // Nothing that was read stays in memory for whoever comes next.
    client.clear();
  };
  const look = (value: typeof theme, text: string, icon: React.ReactNode) => ({
    text,
    icon,
    run: () => setTheme(value),
    ...(theme === value ? { note: texts.current } : {}),
  });
  return (
    <Menu
      trigger={
        <button type="button" className="switcher account-menu">
          <Avatar name={name} />
          {/* Not a label of its own: what is seen has to be part of what is said. */}
          <span className="hidden-visually">{texts.label} </span>
          <span className="clip">{name}</span>
        </button>
      }
      groups={[
        [
          { text: texts.account, href: paths.account(), icon: <UserRound aria-hidden /> },
          { text: texts.installation, href: paths.projects(), icon: <Server aria-hidden /> },
          { text: texts.reference, run: () => window.open('/docs/', '_blank', 'noopener'), icon: <BookOpen aria-hidden /> },
        ],
        [
          look('light', texts.light, <Sun aria-hidden />),
          look('dark', texts.dark, <Moon aria-hidden />),
          look('system', texts.system, <Monitor aria-hidden />),
        ],
        [{ text: texts.out, icon: <LogOut aria-hidden />, run: () => void signOut() }],
      ]}
    />
  );
}
