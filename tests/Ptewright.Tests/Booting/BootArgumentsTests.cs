using System.Text;
using Ptewright.Booting;
using Ptewright.Translation;

namespace Ptewright.Tests.Booting;

public sealed unsafe class BootArgumentsTests
{
    [Fact]
    public void Without_words_every_strategy_is_created_once_and_every_page_checked()
    {
        BootArguments arguments = Parse(string.Empty);
        Assert.All(Enum.GetValues<BootStrategy>(), strategy => Assert.True(arguments.Has(strategy)));
        Assert.Equal((false, 0, 1, BootVerification.Full), (arguments.NamesGranules, arguments.VirtualAddressBits, arguments.Repeat, arguments.Verification));
        Assert.Equal((BootScope.LinearMap, false), (arguments.Scope, arguments.ChecksVectors));
    }

    [Fact]
    public void Each_word_is_taken_and_words_of_others_are_passed_over()
    {
        BootArguments arguments = Parse("console=ttyAMA0  strategies=single-map,premapped granule=4k,64k va=48 repeat=7 verify=fast quiet");
        Assert.Equal(
            [BootStrategy.SingleMap, BootStrategy.Premapped],
            Enum.GetValues<BootStrategy>().Where(strategy => arguments.Has(strategy)));
        Assert.Equal((true, false, true), (arguments.Has(GranuleSize.Size4K), arguments.Has(GranuleSize.Size16K), arguments.Has(GranuleSize.Size64K)));
        Assert.Equal((48, 7, BootVerification.Fast), (arguments.VirtualAddressBits, arguments.Repeat, arguments.Verification));
    }

    [Theory]
    [InlineData("scope=paging_init", nameof(BootScope.NewRoot), false)]
    [InlineData("scope=paging_init scope=map_mem vectors=yes", nameof(BootScope.LinearMap), true)]
    [InlineData("vectors=yes vectors=no", nameof(BootScope.LinearMap), false)]
    public void The_last_word_of_a_kind_counts(string text, string scope, bool vectors) =>
        Assert.Equal((scope, vectors), (Parse(text).Scope.ToString(), Parse(text).ChecksVectors));

    [Theory]
    [InlineData("strategies=fastest", "strategies=fastest")]
    [InlineData("strategies=", "strategies=")]
    [InlineData("strategies=baseline,,premapped", "strategies=baseline,,premapped")]
    [InlineData("quiet granule=8k va=48", "granule=8k")]
    [InlineData("va=47k", "va=47k")]
    [InlineData("va=49", "va=49")]
    [InlineData("repeat=0", "repeat=0")]
    [InlineData("repeat=65", "repeat=65")]
    [InlineData("repeat=99999999999", "repeat=99999999999")]
    [InlineData("granule=4k verify=yes", "verify=yes")]
    [InlineData("scope=all", "scope=all")]
    [InlineData("scope=", "scope=")]
    [InlineData("vectors=1", "vectors=1")]
    public void A_known_word_with_a_wrong_value_is_named(string text, string word)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        fixed (byte* start = bytes)
        {
            Assert.False(BootArguments.TryParse(start, (uint)bytes.Length, out _, out uint at, out uint length));
            Assert.Equal(word, text.Substring((int)at, (int)length));
        }
    }

    [Fact]
    public void All_stands_for_everything()
    {
        BootArguments arguments = Parse("strategies=all granule=all");
        Assert.All(Enum.GetValues<BootStrategy>(), strategy => Assert.True(arguments.Has(strategy)));
        Assert.All(Enum.GetValues<GranuleSize>(), granule => Assert.True(arguments.Has(granule)));
    }

    [Fact]
    public void The_strategies_have_the_names_that_the_library_gives_them() => Assert.Equal(
        Ptewright.Simulation.StrategyPresets.All.Select(preset => preset.Name),
        Enum.GetValues<BootStrategy>().Select(BootStrategies.Name));

    private static BootArguments Parse(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text + " ");
        fixed (byte* start = bytes)
        {
            Assert.True(BootArguments.TryParse(start, (uint)bytes.Length, out BootArguments arguments, out _, out _));
            return arguments;
        }
    }
}
