// Words that passwords are made of first, as lists of leaked ones have them, in English and German. Compared after letters
// are lowered, look-alike digits turned back and what is no letter or digit dropped; so "P@ssw0rd-2024!!" is found by its
// word, and so is "michael12345".
const words = `
  password passwort motdepasse contrasena kennwort geheim secret letmein welcome willkommen hello hallo login access
  changeme default trustno iloveyou ichliebedich loveyou lovely forever sweetheart schatz schatzi qwerty qwertz azerty
  asdfgh zxcvbn yxcvbn abcdef abcd abc test demo guest user master superuser

  administrator admin root company exchange microsoft outlook windows office google facebook linkedin internet computer
  mailferry postmaster mailserver server support service samsung apple android nintendo playstation pokemon minecraft

  sunshine princess prinzessin monkey dragon shadow superman batman spiderman ironman starwars startrek matrix hunter
  ranger killer ninja samurai phoenix wizard warrior freedom freiheit whatever mustang corvette ferrari porsche mercedes
  harley yamaha chocolate schokolade cookie cheese pepper banana orange cherry strawberry butterfly schmetterling flower
  rainbow diamond silver golden purple yellow maverick mountain rockstar metallica nirvana slipknot eminem beatles

  summer sommer winter spring autumn herbst january february march april june july august september october november
  december januar februar maerz oktober dezember monday tuesday wednesday thursday friday saturday sunday montag dienstag
  mittwoch donnerstag freitag samstag sonntag

  football fussball baseball basketball volleyball handball softball soccer hockey tennis golfer cricket rugby liverpool
  chelsea arsenal everton tottenham manchester united barcelona realmadrid juventus bayern dortmund schalke stuttgart
  bremen hamburg berlin muenchen koeln london england deutschland germany america canada australia yankees lakers cowboys
  steelers eagles packers chicago newyork boston dallas texas

  tiger lion panther eagle falcon horse pferd hund katze mickey snoopy garfield bailey buddy max lucky rocky bear
  kitten puppy

  michael michelle matthew daniel daniela david robert william thomas andrew andrea andreas joshua jessica jennifer
  jordan justin ashley amanda nicole nicola anthony charlie charlotte christian christina christopher christine alexander
  alexandra benjamin patrick richard george steven stefan stephan jonathan joseph samantha samuel sophie sophia victoria
  elizabeth hannah melissa stephanie rebecca vanessa natalie natasha sabrina sandra susanne barbara claudia angela
  angelika martina martin markus marcus oliver sebastian florian tobias matthias dominik maximilian johannes jessica
  laura julia juliane katharina tigger ginger maggie hannover heather summer taylor austin brandon dennis donald edward
  gregory jackson jason kevin lauren morgan nathan phillip philipp raymond ronald russell scott sydney timothy tyler
  vincent walter wilson anderson johnson martinez gonzalez rodriguez mohammed muhammad ahmed fatima`;

export const commonWords: readonly string[] = [...new Set(words.trim().split(/\s+/))];
