"""Maps and problems: movingai's and the League of Robot Runners' files, and layouts of our own."""
