const given = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Grace', 'Hugo', 'Iris', 'Jon']
const family = ['Archer', 'Baker', 'Carter', 'Dyer', 'Fisher', 'Mason', 'Parker', 'Smith', 'Taylor', 'Weaver']
const cities = ['Lisbon', 'Oslo', 'Quito', 'Seoul', 'Turin']

/** A hundred people who do not exist, as a CSV to try Deskside with. */
export function samplePeople(): Blob {
  const rows = given.flatMap((first, i) =>
    family.map((last, j) => {
      const number = i * family.length + j + 1
      const email = `${first}.${last}@example.com`.toLowerCase()
      return [`C-${String(number).padStart(4, '0')}`, `${first} ${last}`, email, cities[number % cities.length]].join(
        ',',
      )
    }),
  )
  return new Blob([['customer_id,full_name,email,city', ...rows, ''].join('\n')], { type: 'text/csv' })
}
