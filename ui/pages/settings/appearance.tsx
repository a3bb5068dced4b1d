import { Radio, Stack, useMantineColorScheme } from '@mantine/core'
import { SettingsPage } from './parts/settings-page.tsx'

/** Light or dark; kept in this browser alone. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <SettingsPage title="Appearance" about="It is kept in this browser, and counts for nobody else.">
      <Radio.Group
        label="Colours"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as typeof colorScheme)}
      >
        <Stack gap="sm" mt="xs">
          <Radio
            value="auto"
            label="As the system"
            description="Light or dark, as this machine is set at the moment."
          />
          <Radio value="light" label="Light" />
          <Radio value="dark" label="Dark" />
        </Stack>
      </Radio.Group>
    </SettingsPage>
  )
}
