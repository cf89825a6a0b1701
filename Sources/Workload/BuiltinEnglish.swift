extension BuiltinCorpus {
    /// A line with a question, a line with its answer, and so on.
    static let english = """
        What is the capital of Peru?
        Lima is the capital of Peru. It lies on the Pacific coast and is home to about a third of the country's people.
        Why is the sky blue?
        Air molecules scatter short wavelengths of sunlight far more strongly than long ones, which is called Rayleigh scattering. Blue light therefore reaches our eyes from every direction of the sky, while red light passes mostly straight through.
        How many bones does an adult human have?
        An adult human has 206 bones, fewer than a newborn, because several bones grow together during childhood.
        Who wrote Don Quixote?
        Miguel de Cervantes wrote Don Quixote, published in two parts in 1605 and 1615. It is often called the first modern novel.
        How does a vaccine protect the body?
        A vaccine shows the immune system a harmless piece or a weakened form of a germ. The body makes antibodies and memory cells, so when the real germ arrives later, the defence starts quickly and usually stops the disease before it becomes serious.
        What is the speed of light in vacuum?
        Light travels at exactly 299,792,458 metres per second in vacuum, since the metre is defined by it.
        Why do leaves change colour in autumn?
        As days shorten, trees stop making chlorophyll, the green pigment. Yellow and orange pigments that were there all summer become visible, and some species also produce red anthocyanins from sugars trapped in the leaf.
        What causes the tides?
        Tides are caused mainly by the Moon's gravity, which pulls on the near side of the Earth more strongly than on the far side. The Sun adds a smaller effect.
        Which planet is the largest in the solar system?
        Jupiter is the largest planet, with more than twice the mass of all other planets together.
        How does a refrigerator cool food?
        A pump compresses a gas, which becomes hot and gives its heat away through coils at the back until it turns liquid. The liquid then expands inside, evaporates and takes up heat from the food compartment, and the cycle begins again.
        What is photosynthesis?
        Photosynthesis is the process by which plants, algae and some bacteria use sunlight to turn water and carbon dioxide into sugar, giving off oxygen.
        Who painted the Mona Lisa?
        Leonardo da Vinci painted the Mona Lisa in the early sixteenth century; it hangs in the Louvre in Paris.
        How do I boil an egg so that the yolk stays soft?
        Put the egg into gently boiling water for about six minutes, then cool it under cold running water so that it stops cooking. A large egg straight from the refrigerator needs a minute more.
        What is the difference between weather and climate?
        Weather is the state of the air at a place over hours or days. Climate is what the weather is like on average over many years, usually thirty.
        Why does ice float on water?
        Water expands when it freezes, because its molecules form an open lattice. Ice is therefore about nine percent less dense than liquid water and floats.
        What is the longest river in South America?
        The Amazon is the longest river of South America and carries more water than any other river on Earth.
        How does a bill become law in the United States?
        A bill must pass both the House of Representatives and the Senate in the same wording. The president can then sign it or veto it, and a veto can be overridden by two thirds of both chambers.
        What does DNA stand for?
        DNA stands for deoxyribonucleic acid, the molecule that carries the genetic instructions of living things.
        How can I remove a red wine stain from a cotton shirt?
        Blot the stain at once without rubbing, then rinse it with cold water. Cover it with salt or a paste of baking soda, or soak it in a mixture of detergent and hydrogen peroxide if the shirt is white, and wash it as usual before it dries.
        What is inflation in economics?
        Inflation is a general rise of prices over time, so that the same amount of money buys less than before.
        Which gas do humans need to breathe?
        Humans need oxygen, which makes up about 21 percent of the air; most of the rest is nitrogen.
        Why do we have leap years?
        The Earth takes about 365.2422 days to go round the Sun. An extra day every four years, left out in most century years, keeps the calendar in step with the seasons.
        What is the tallest mountain on Earth?
        Mount Everest is the highest mountain above sea level, 8,849 metres tall. Measured from base to peak, Mauna Kea in Hawaii is taller, but most of it lies under the sea.
        How do noise-cancelling headphones work?
        Small microphones pick up the sound around you, and the electronics play the same wave turned upside down. The two waves cancel each other, which works best for steady low sounds such as the hum of an aircraft cabin.
        Who discovered penicillin?
        Alexander Fleming discovered penicillin in 1928, when a mould killed bacteria on one of his dishes. Howard Florey and Ernst Chain later turned it into a medicine.
        What is the main ingredient of glass?
        Ordinary glass is made mainly of silica, which is melted quartz sand, with soda and lime added.
        How far is the Moon from the Earth?
        The Moon is on average 384,400 kilometres away, about thirty times the Earth's diameter.
        Why do onions make people cry?
        Cutting an onion breaks its cells and sets free an enzyme that forms a sulphur gas. The gas irritates the eyes, and tears wash it away. Chilling the onion or using a sharp knife reduces the effect.
        What is a prime number?
        A prime number is a whole number greater than one that can be divided evenly only by one and itself.
        How does the heart pump blood?
        The right half of the heart sends blood to the lungs, and the left half sends it to the rest of the body. Electrical signals make the chambers contract in turn, and valves keep the blood from flowing back.
        What was the Berlin Wall?
        The Berlin Wall divided East and West Berlin from 1961 to 1989. East Germany built it to keep its people from leaving for the West.
        Which language has the most native speakers?
        Mandarin Chinese has the most native speakers, more than 900 million; Spanish comes second.
        How do bees make honey?
        Bees collect nectar from flowers and carry it to the hive in a special stomach. There they pass it from mouth to mouth, add enzymes and fan it with their wings until most of the water is gone, then seal it in wax cells.
        What is the boiling point of water at sea level?
        Water boils at 100 degrees Celsius, or 212 degrees Fahrenheit, at the normal air pressure of sea level.
        Why does bread rise?
        Yeast eats sugars in the dough and gives off carbon dioxide. The gas is caught in the elastic network of gluten and blows the dough up.
        What is an operating system?
        An operating system is the software that manages a computer's processor, memory, devices and files, and lets other programs share them safely.
        Who was the first person to walk on the Moon?
        Neil Armstrong was the first, on 20 July 1969 during the Apollo 11 mission, followed by Buzz Aldrin.
        How should I store fresh basil?
        Trim the stems and stand the basil in a glass of water at room temperature, out of direct sun. It turns black in the refrigerator.
        What is gravity?
        Gravity is the attraction between things that have mass. Newton described it as a force that falls with the square of the distance; Einstein explained it as the bending of space and time by mass and energy.
        What is the smallest country in the world?
        Vatican City, inside Rome, is the smallest country, with less than half a square kilometre of land.
        Why do cats purr?
        Cats purr by rapid movements of the muscles around the voice box while they breathe in and out. Mostly it shows contentment, but hurt or frightened cats purr as well, perhaps to calm themselves.
        How many players are there in a football team on the pitch?
        Each football team has eleven players on the pitch, one of whom is the goalkeeper.
        What is the theory of evolution?
        The theory of evolution says that species change over generations. Individuals differ, the differences are partly inherited, and those that help survival and reproduction become more common, a process that Charles Darwin named natural selection.
        How do I calculate a percentage?
        Divide the part by the whole and multiply by one hundred. For example, 15 of 60 is 0.25, which is 25 percent.
        What is the Great Barrier Reef?
        The Great Barrier Reef is the largest coral reef system in the world, stretching over 2,300 kilometres along the coast of Queensland in Australia.
        Why is the sea salty?
        Rain washes minerals out of rocks, and rivers carry them to the sea. Water evaporates and leaves the salts behind, so over millions of years they have become concentrated; vents on the sea floor add more.
        What is the currency of Japan?
        The currency of Japan is the yen, written with the sign ¥.
        How does a microwave oven heat food?
        A microwave oven makes electromagnetic waves that set the water molecules of the food turning back and forth. Their motion becomes heat, so moist food warms quickly while the dish stays fairly cool.
        Who developed the general theory of relativity?
        Albert Einstein developed general relativity and published it in 1915. Observations of a solar eclipse in 1919 confirmed that gravity bends light.
        What is the function of red blood cells?
        Red blood cells carry oxygen from the lungs to all parts of the body by means of a protein called haemoglobin.
        How do I change a flat bicycle tyre?
        Take the wheel off and lever one side of the tyre over the rim. Pull out the tube, find the hole and patch it or take a new tube, check the tyre for whatever caused the puncture, put everything back and pump it up.
        What is a black hole?
        A black hole is a region of space where gravity is so strong that nothing, not even light, can escape from it.
        When did the Second World War end?
        It ended in Europe on 8 May 1945 with Germany's surrender, and in Asia on 2 September 1945 with Japan's.
        What are the primary colours of light?
        The primary colours of light are red, green and blue; mixed at full strength they give white.
        Why do we dream?
        Nobody knows for certain. Dreams come mostly in REM sleep, when the brain is very active, and many researchers think that they are linked to storing memories and dealing with emotions.
        What is compound interest?
        Compound interest is interest paid on the original sum and on the interest already earned. Over many years it makes savings, and also debts, grow faster and faster.
        Which country has the largest population?
        India has the largest population, having passed China in 2023; each has more than 1.4 billion people.
        How does a solar panel produce electricity?
        Light that falls on a silicon cell knocks electrons loose, and the cell's built-in electric field drives them in one direction. Many cells joined together give direct current, which an inverter turns into alternating current.
        What is the Rosetta Stone?
        The Rosetta Stone is an Egyptian stone with one decree in three scripts: hieroglyphs, Demotic and Greek. It let Champollion decipher the hieroglyphs in 1822.
        Can you eat mushrooms that you find in the woods?
        Only if you are completely sure of the species, for some deadly mushrooms look like edible ones. Let an expert check them, and when there is doubt, leave them.
        What is the difference between a virus and a bacterium?
        A bacterium is a living cell that feeds and multiplies on its own. A virus is far smaller, has no cell and can only multiply inside a host. Antibiotics work against bacteria but not against viruses.
        How long does it take light from the Sun to reach the Earth?
        Sunlight takes about eight minutes and twenty seconds to reach the Earth.
        What is the Pythagorean theorem?
        In a triangle with a right angle, the square of the longest side equals the sum of the squares of the other two sides.
        Who composed the Ninth Symphony with the Ode to Joy?
        Ludwig van Beethoven composed it; by its first performance in Vienna in 1824 he was almost completely deaf.
        How do I keep a houseplant from dying while I am on holiday?
        Water it well before you leave, move it out of direct sun, and group plants together so that the air stays moist. For more than a week, use a wick from a jar of water or ask a neighbour.
        What is a programming language?
        A programming language is a notation with exact rules in which people write instructions that a computer can carry out.
        Why did the dinosaurs die out?
        Most scientists think that an asteroid about ten kilometres wide struck what is now Mexico 66 million years ago. Dust and soot darkened the sky, plants died, and the food chains collapsed. Birds are the dinosaurs that survived.
        What is the hardest natural material?
        Diamond, a crystal of carbon, is the hardest natural material known; only another diamond scratches it easily.
        How many continents are there?
        Seven continents are usually counted in English-speaking countries: Africa, Antarctica, Asia, Europe, North America, Oceania or Australia, and South America.
        What does a lawyer mean by habeas corpus?
        Habeas corpus is the right of a person who is held to be brought before a judge, who decides whether the detention is lawful.
        How does GPS find my position?
        Satellites send signals with the exact time. Your receiver measures how long the signals of at least four satellites took, works out its distance from each, and computes the one place and time that fit them all.
        What is the most abundant element in the universe?
        Hydrogen is the most abundant element, about three quarters of all ordinary matter by mass; helium is second.
        Why do stars twinkle?
        Starlight passes through moving layers of air of different temperature, which bend it now this way, now that. Planets look like small discs rather than points, so they twinkle less.
        What is the purpose of the United Nations?
        The United Nations was founded in 1945 to keep peace, protect human rights, deliver humanitarian aid and help countries solve problems together.
        How can I fall asleep faster?
        Go to bed at the same time every day, keep the room dark and cool, and avoid caffeine after noon and screens in the last hour. If you cannot sleep after twenty minutes, get up and do something quiet until you feel tired.
        What is the chemical symbol for gold?
        The symbol for gold is Au, from its Latin name aurum.
        What is a haiku?
        A haiku is a short Japanese poem, traditionally of five, seven and five syllables, that often captures a moment in nature.
        Why do airplanes leave white trails?
        Engine exhaust holds water vapour, which freezes into tiny ice crystals in the cold air at great height. In dry air the trail fades at once; in moist air it lasts and spreads.
        Which organ cleans the blood and makes urine?
        The kidneys clean the blood and make urine, about one and a half litres a day.
        How does a search engine rank pages?
        It keeps an index of words and pages, finds the pages that match a query, and orders them by many signals: how well the text fits, how many good pages link to it, how fresh it is, and what users found helpful.
        What is the Magna Carta?
        The Magna Carta is a charter that King John of England accepted in 1215. It put limits on royal power and promised free men a lawful judgement.
        How do I convert Celsius to Fahrenheit?
        Multiply the Celsius temperature by 9, divide by 5 and add 32. So 20 degrees Celsius are 68 degrees Fahrenheit.
        What is the deepest part of the ocean?
        The Challenger Deep in the Mariana Trench of the western Pacific is the deepest known point, almost 11 kilometres below the surface.
        Why should I not mix bleach and ammonia?
        Together they give off chloramine gases, which attack the eyes and lungs and can kill. Never mix cleaning products unless the label says that it is safe.
        What is an eclipse of the Moon?
        In a lunar eclipse the Earth stands between the Sun and the full Moon, so that the Earth's shadow falls on the Moon, which often looks copper red.
        Who was Marie Curie?
        Marie Curie was a physicist and chemist born in Warsaw who studied radioactivity in Paris. She discovered polonium and radium and was the first person to win Nobel Prizes in two sciences.
        What is the square root of 144?
        The square root of 144 is 12, because 12 times 12 is 144.
        How do fish breathe under water?
        Fish take water in through the mouth and press it over their gills. Thin gill filaments full of blood vessels take up the oxygen that is dissolved in the water and release carbon dioxide.
        What is the Silk Road?
        The Silk Road was a network of trade routes that joined China with Central Asia, Persia and the Mediterranean for more than a thousand years, carrying silk, spices, paper, religions and diseases.
        Why does metal feel colder than wood?
        Both have the same temperature, but metal conducts heat away from your hand much faster, so your skin cools more quickly.
        What is a healthy resting heart rate for adults?
        For most adults a resting heart rate from 60 to 100 beats per minute is normal; well-trained athletes may have 40 to 60.
        How is chocolate made?
        Cocoa beans are fermented, dried, roasted and ground into a paste. Sugar, extra cocoa butter and often milk powder are added, the mass is stirred for hours to make it smooth, and then it is cooled carefully so that it sets with a shine.
        What is open source software?
        Open source software comes with its source code and a licence that lets anyone use, study, change and share it.
        Which river flows through Paris?
        The Seine flows through Paris on its way to the English Channel.
        Why do we yawn?
        The reason is not settled. Yawning may cool the brain or keep us alert when we are tired or bored, and it is contagious among people who see or hear it.
        What is the difference between a meteor and a meteorite?
        A meteor is the streak of light when a piece of rock burns up in the air. A meteorite is a piece that reaches the ground.
        How do I write a good summary?
        Read the whole text, note its main point and the two or three arguments that carry it, and leave out examples. Write it in your own words, much shorter than the original, and check that you added no opinion.
        What is the Richter scale used for?
        The Richter scale measures the strength of earthquakes from the waves that they send out. Each whole step means ten times larger waves; scientists now mostly use the moment magnitude scale.
        What do pandas eat?
        Giant pandas eat almost nothing but bamboo, up to forty kilograms of shoots and leaves a day.
        How does a camera focus?
        Moving the lens changes where rays from one distance meet. Autofocus systems compare light from two sides of the lens, or look for the greatest contrast, and shift the lens until the image is sharp on the sensor.
        What is the stock market?
        The stock market is where shares of companies are bought and sold. Prices follow what buyers and sellers expect a company to earn.
        Why is biodiversity important?
        Many different species make ecosystems stable: they pollinate crops, clean water, build soil and keep pests in check. When species vanish, these services weaken, and possible medicines and foods are lost for good.
        What is the oldest known written language?
        Sumerian, written in cuneiform on clay tablets from about 3200 BC, is usually given as the oldest known written language, with Egyptian close behind.
        How do I back up my computer?
        Keep three copies of what matters, on two kinds of storage, one of them in another place. Automatic backups to an external drive and to a cloud service cover most needs; test now and then that files can be restored.
        What is the ozone layer?
        The ozone layer lies some 15 to 35 kilometres up and absorbs most of the Sun's harmful ultraviolet light.
        Who invented the telephone?
        Alexander Graham Bell received the first patent for the telephone in 1876, though others, among them Antonio Meucci and Elisha Gray, worked on similar devices.
        What is a balanced diet?
        A balanced diet has plenty of vegetables, fruit, whole grains and pulses, enough protein and healthy fats, and little sugar, salt and alcohol.
        How do birds know where to migrate?
        Birds find their way by the Sun, the stars, the Earth's magnetic field and landmarks, and some even by smell. Part of the route is inherited, and young birds of some species learn it from older ones.
        What is the area of a circle?
        The area of a circle is pi times the square of its radius.
        Why did the Roman Empire fall in the west?
        There was no single cause. Civil wars, a shrinking tax base, dependence on foreign troops, plagues and pressure from migrating peoples weakened it over two centuries, until the last western emperor was deposed in 476.
        What is decaffeinated coffee?
        Decaffeinated coffee is coffee from which at least 97 percent of the caffeine was taken out before roasting, with water, carbon dioxide or a solvent.
        How can I tell whether an email is a phishing attempt?
        Be careful when a message presses you to act at once, asks for passwords or money, has a strange sender address or a link that leads elsewhere than it says. Do not click; open the company's site yourself and look there.
        What is the largest desert in the world?
        Antarctica is the largest desert, since hardly any rain or snow falls there. The Sahara is the largest hot desert.
        Why do we get hiccups?
        Hiccups are sudden cramps of the diaphragm, after which the vocal cords snap shut. Eating fast, fizzy drinks or excitement can set them off.
        What is an atom made of?
        An atom has a tiny nucleus of protons and neutrons, surrounded by electrons. Nearly all of its mass is in the nucleus.
        How does a democracy differ from a dictatorship?
        In a democracy people choose and can remove their government in free elections, and courts and laws limit its power. In a dictatorship one person or group rules without such control.
        What is machine learning?
        Machine learning is a way of making computers find patterns in examples, so that they can make predictions about new cases without being given explicit rules.
        When was the printing press with movable type introduced in Europe?
        Johannes Gutenberg introduced it in Mainz around 1450, and his Bible followed within a few years.
        """
}
