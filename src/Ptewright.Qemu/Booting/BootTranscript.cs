using System.Globalization;
using System.Text.RegularExpressions;
using Ptewright.Addressing;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>What the boot image wrote to its console, read back.</summary>
/// <remarks>The format is documented in docs/boot.md. Lines of others (firmware, boot loaders) may stand before and between.</remarks>
internal sealed partial class BootTranscript
{
    private BootTranscript(
        BootMachine machine, IReadOnlyList<BootVectorResult> vectors, IReadOnlyList<BootRegime> regimes, IReadOnlyList<string> problems, int passed, int failed)
    {
        Machine = machine;
        Vectors = vectors;
        Regimes = regimes;
        Problems = problems;
        Passed = passed;
        Failed = failed;
    }

    /// <summary>The machine.</summary>
    public BootMachine Machine { get; }

    /// <summary>The vector files that were checked.</summary>
    public IReadOnlyList<BootVectorResult> Vectors { get; }

    /// <summary>Granules and address sizes, in the order in which they ran.</summary>
    public IReadOnlyList<BootRegime> Regimes { get; }

    /// <summary>What the image said was wrong or left out, one sentence each.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Strategies and vector files that passed, by the image's own last line.</summary>
    public int Passed { get; }

    /// <summary>Strategies and vector files that failed.</summary>
    public int Failed { get; }

    /// <summary>Reads the lines of a console.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="name">What they are called in messages: a file's name.</param>
    /// <exception cref="InvalidInputException">They are not, or not completely, the output of a boot image.</exception>
    public static BootTranscript Parse(IEnumerable<string> lines, string name)
    {
        Reader reader = new(name);
        foreach (string line in lines)
        {
            reader.Take(line.TrimEnd('\r', '\n'));
        }

        return reader.Finish();
    }

    // Nine digits fit an int.
    [GeneratedRegex("^([0-9]{1,9}) passed, ([0-9]{1,9}) failed$")]
    private static partial Regex Count();

    private sealed class Reader(string name)
    {
        private readonly List<BootVectorResult> _vectors = [];
        private readonly List<BootRegime> _regimes = [];
        private readonly List<string> _problems = [];
        private BootMachine? _machine;
        private MemoryLayout _memory = new();
        private List<BootResult> _results = [];
        private int _number;
        private (int Passed, int Failed)? _count;

        public void Take(string text)
        {
            _number++;
            if (text.StartsWith('@') && BootLine.Read(text, $"{name}: line {_number}") is { } line)
            {
                Take(line, text);
            }
            else if (text.StartsWith("ptewright-boot: ", StringComparison.Ordinal) && _machine is not null)
            {
                _problems.Add(ForeignText.Clean(text["ptewright-boot: ".Length..]));
            }
            else if (Count().Match(text) is { Success: true } match)
            {
                _count = (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
            }
        }

        public BootTranscript Finish()
        {
            if (_machine is null)
            {
                throw new InvalidInputException($"{name}: this is not the output of the boot image: its line '@machine' is missing.");
            }

            return _count is { } count
                ? new BootTranscript(_machine, _vectors, _regimes, _problems, count.Passed, count.Failed)
                : throw new InvalidInputException($"{name}: the output of the boot image ends before its last line: it did not run to its end.");
        }

        private void Take(BootLine line, string text)
        {
            switch (line.Kind)
            {
                case "machine":
                    _machine = new BootMachine(
                        line.Number("midr"),
                        line.Small("el"),
                        line.Address("image"),
                        line.Address("imageEnd"),
                        line.Address("deviceTree"),
                        line.Number("deviceTreeSize"),
                        line.Number("frequency"),
                        line.Number("rangeInvalidation") != 0);
                    break;
                case "vectors":
                    _vectors.Add(new BootVectorResult(
                        ForeignText.Clean(line.Text("file")), line.Small("passed"), line.Small("failed"), line.Small("firstFailed")));
                    break;
                case "plan":
                    _memory = new MemoryLayout();
                    _results = [];
                    _regimes.Add(ReadRegime(line));
                    break;
                case "memory":
                    _memory.Add(line.Address("start"), line.Address("end"));
                    if (line.Number("nomap") != 0)
                    {
                        _memory.MarkNoMap(line.Address("start"), line.Address("end"));
                    }

                    break;
                case "reserved":
                    _memory.Reserve(line.Address("start"), line.Address("end"));
                    break;
                case "result":
                    _results.Add(ReadResult(line));
                    break;
                case "failure":
                    _problems.Add(FailureSentence(line));
                    break;
                case "skipped":
                    _problems.Add($"{GranuleText.NameOf(ReadGranule(line))} is left out: {ForeignText.Clean(text[(text.IndexOf("reason=", StringComparison.Ordinal) + "reason=".Length)..])}.");
                    break;
                default:
                    break;
            }
        }

        private static string FailureSentence(BootLine line) =>
            $"{GranuleText.NameOf(ReadGranule(line))}: the engine stopped with {(FailureCode)line.Small("code")}.";

        private BootRegime ReadRegime(BootLine line)
        {
            GranuleSize granule = ReadGranule(line);
            if (!TableGeometry.TryCreate(granule, line.Small("vaBits"), line.Small("actualBits"), out TableGeometry geometry))
            {
                throw line.Fail("there are no such tables");
            }

            OutputAddressFormat format = line.Small("addressBits") == 52 ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule);
            return new BootRegime(geometry, format, line.Address("root"), line.Address("start"), _memory, line.Number("bytes"), _results)
            {
                NewRoot = ReadNewRoot(line),
            };
        }

        // The lines of older images have no scope.
        private static BootNewRoot? ReadNewRoot(BootLine line)
        {
            string scope = line.Find("scope") ?? BootScopes.Name(BootScope.LinearMap);
            return scope == BootScopes.Name(BootScope.NewRoot)
                ? new BootNewRoot(line.Address("codeEnd"), new VirtualAddress(line.Number("virtual")), line.Address("identityRoot"), line.Address("fixmapTables"))
                : scope == BootScopes.Name(BootScope.LinearMap) ? null : throw line.Fail($"there is no scope {TextFile.Quote(scope)}");
        }

        private static BootResult ReadResult(BootLine line)
        {
            OperationCounts counts = new()
            {
                FixmapMaps = line.Number("fixmapMaps"),
                FixmapUnmaps = line.Number("fixmapUnmaps"),
                TlbiVaale1is = line.Number("tlbiVaale1is"),
                TlbiVaae1is = line.Number("tlbiVaae1is"),
                TlbiRvaale1is = line.Number("tlbiRvaale1is"),
                TlbiVmalle1is = line.Number("tlbiVmalle1is"),
                TlbiVmalle1 = line.Number("tlbiVmalle1"),
                DsbIshst = line.Number("dsbIshst"),
                DsbIsh = line.Number("dsbIsh"),
                DsbNshst = line.Number("dsbNshst"),
                DsbNsh = line.Number("dsbNsh"),
                Isb = line.Number("isb"),
                Ttbr0Writes = line.Number("ttbr0Writes"),
                Ttbr1Writes = line.Number("ttbr1Writes"),
            };
            return new BootResult(
                ReadStrategy(line),
                counts,
                ReadDigest(line, "digest"),
                line.Number("ticksMin"),
                line.Number("ticksMedian"),
                line.Number("cyclesMin"),
                line.Number("instructionsMin"),
                line.Number("tables"),
                line.Number("pagesVerified"),
                line.Number("passed") != 0)
            {
                IdentityDigest = line.Find("identityDigest") is null ? default : ReadDigest(line, "identityDigest"),
            };
        }

        private static BootStrategy ReadStrategy(BootLine line)
        {
            string name = line.Text("strategy");
            foreach (BootStrategy strategy in Enum.GetValues<BootStrategy>())
            {
                if (BootStrategies.Name(strategy) == name)
                {
                    return strategy;
                }
            }

            throw line.Fail($"there is no strategy {TextFile.Quote(name)}");
        }

        private static TableDigest ReadDigest(BootLine line, string name)
        {
            string text = line.Text(name);
            return TableDigest.TryParse(text, out TableDigest digest)
                ? digest
                : throw line.Fail($"{TextFile.Quote(text)} is no digest");
        }

        private static GranuleSize ReadGranule(BootLine line) =>
            GranuleText.Find(line.Text("granule")) ?? throw line.Fail($"there is no granule {TextFile.Quote(line.Text("granule"))}");
    }
}
